from annotation.models.agreement import AgreementReport
from annotation.models.assignments import Assignment
from annotation.models.budgets import Budget, BudgetUse
from annotation.models.campaigns import Campaign
from annotation.models.consensus import (
    Adjudication,
    ConsensusState,
    CrossValidation,
    OutOfSample,
    PairConsensus,
)
from annotation.models.contests import Contest
from annotation.models.duplicates import (
    DuplicateSearch,
    PairTwin,
    TwinDecision,
    VideoEmbedding,
    VideoFingerprint,
    VideoGroup,
    VideoTwin,
)
from annotation.models.gold import GoldAnswer
from annotation.models.labels import Label, Verdict
from annotation.models.learning import (
    ExtraAttempt,
    LearningAnswer,
    LearningAttempt,
    LearningPair,
    LearningTask,
    Round,
    Waiver,
)
from annotation.models.pairs import Pair
from annotation.models.people import Role, Thumbnails, User
from annotation.models.policy import Policy, PolicyReading, PolicyReason, ReasonCode
from annotation.models.pool import PoolPair
from annotation.models.queue import QueueGeneration, QueueItem, Strategy
from annotation.models.relabelling import AnnotatorRecord, Demand, Kind, Specialist
from annotation.models.reliability import PersonReliability, ReliabilityReport
from annotation.models.runs import Prediction, Promotion, RunEvent, TrainingRun
from annotation.models.second_thoughts import LabelDoubt, LookAgain
from annotation.models.state_changes import StateChange
from annotation.models.support import SupportText
from annotation.models.topics import Topic, VideoTopics
from annotation.models.videos import ContentWarning, Video

__all__ = [
    "Adjudication",
    "AgreementReport",
    "AnnotatorRecord",
    "Assignment",
    "Budget",
    "BudgetUse",
    "Campaign",
    "ConsensusState",
    "ContentWarning",
    "Contest",
    "CrossValidation",
    "Demand",
    "DuplicateSearch",
    "ExtraAttempt",
    "GoldAnswer",
    "Kind",
    "Label",
    "LabelDoubt",
    "LearningAnswer",
    "LearningAttempt",
    "LearningPair",
    "LearningTask",
    "LookAgain",
    "OutOfSample",
    "Pair",
    "PairConsensus",
    "PairTwin",
    "PersonReliability",
    "Policy",
    "PolicyReading",
    "PolicyReason",
    "PoolPair",
    "Prediction",
    "Promotion",
    "QueueGeneration",
    "QueueItem",
    "ReasonCode",
    "ReliabilityReport",
    "Role",
    "Round",
    "RunEvent",
    "Specialist",
    "StateChange",
    "Strategy",
    "SupportText",
    "Thumbnails",
    "Topic",
    "TrainingRun",
    "TwinDecision",
    "User",
    "Verdict",
    "Video",
    "VideoEmbedding",
    "VideoFingerprint",
    "VideoGroup",
    "VideoTopics",
    "VideoTwin",
    "Waiver",
]
