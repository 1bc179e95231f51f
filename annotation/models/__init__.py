from annotation.models.agreement import AgreementReport
from annotation.models.assignments import Assignment
from annotation.models.campaigns import Campaign, PoolPair
from annotation.models.labels import Label, Verdict
from annotation.models.pairs import Pair
from annotation.models.people import Role, User
from annotation.models.policy import Policy, PolicyReason, ReasonCode
from annotation.models.queue import QueueGeneration, QueueItem, Strategy
from annotation.models.runs import Prediction, Promotion, RunEvent, TrainingRun
from annotation.models.videos import Video

__all__ = [
    "AgreementReport",
    "Assignment",
    "Campaign",
    "Label",
    "Pair",
    "Policy",
    "PolicyReason",
    "PoolPair",
    "Prediction",
    "Promotion",
    "QueueGeneration",
    "QueueItem",
    "ReasonCode",
    "Role",
    "RunEvent",
    "Strategy",
    "TrainingRun",
    "User",
    "Verdict",
    "Video",
]
