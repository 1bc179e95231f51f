"""How good a model is on labelled pairs: figures with intervals, breakdowns, comparisons."""

from modeling.evaluation.figures import Figure, Figures, evaluate
from modeling.evaluation.metrics import METRICS
from modeling.evaluation.resampling import clusters_of

__all__ = ["METRICS", "Figure", "Figures", "clusters_of", "evaluate"]
