"""Scoring: from feature vectors of pairs to match probabilities, with labels or with none."""

from matchloop.scoring.calibration import sharpened
from matchloop.scoring.competition import Competition, Standings, fit_competition
from matchloop.scoring.forest import Forest, fit_forest, fit_with_unseen
from matchloop.scoring.importance import column_importance
from matchloop.scoring.prior import prior_pairs
from matchloop.scoring.rarity import rarity
from matchloop.scoring.sampling import neighbourhoods
from matchloop.scoring.structure import Shape, Structure
from matchloop.scoring.tradeoff import threshold_of
from matchloop.scoring.unsupervised import (
    PriorModels,
    Unsupervised,
    fit_unsupervised,
    try_readings,
)

__all__ = [
    "Competition",
    "Forest",
    "PriorModels",
    "Shape",
    "Standings",
    "Structure",
    "Unsupervised",
    "column_importance",
    "fit_competition",
    "fit_forest",
    "fit_unsupervised",
    "fit_with_unseen",
    "neighbourhoods",
    "prior_pairs",
    "rarity",
    "sharpened",
    "threshold_of",
    "try_readings",
]
