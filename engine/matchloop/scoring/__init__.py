"""Scoring: from feature vectors of pairs to match probabilities, with labels or with none."""

from matchloop.scoring.forest import Forest, fit_forest
from matchloop.scoring.structure import Shape, Structure
from matchloop.scoring.unsupervised import Unsupervised, fit_unsupervised

__all__ = [
    "Forest",
    "Shape",
    "Structure",
    "Unsupervised",
    "fit_forest",
    "fit_unsupervised",
]
