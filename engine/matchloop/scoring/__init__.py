"""Scoring: from feature vectors of pairs to match probabilities, with labels or with none."""

from matchloop.scoring.competition import Competition, Standings, fit_competition
from matchloop.scoring.forest import Forest, fit_forest, fit_with_unseen
from matchloop.scoring.importance import column_importance
from matchloop.scoring.structure import Shape, Structure
from matchloop.scoring.tradeoff import threshold_of
from matchloop.scoring.unsupervised import Unsupervised, fit_unsupervised

__all__ = [
    "Competition",
    "Forest",
    "Shape",
    "Standings",
    "Structure",
    "Unsupervised",
    "fit_competition",
    "column_importance",
    "fit_forest",
    "fit_unsupervised",
    "threshold_of",
    "fit_with_unseen",
]
