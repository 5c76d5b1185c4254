"""Scoring: from features of pairs to match probabilities, with or without labels."""

from matchloop.matching.scoring.calibration import sharpened
from matchloop.matching.scoring.columns import swapped_features
from matchloop.matching.scoring.competition import Competition, Standings, fit_competition
from matchloop.matching.scoring.forest import Forest, fit_forest, fit_with_out_of_bag
from matchloop.matching.scoring.importance import column_importance
from matchloop.matching.scoring.prior import prior_pairs
from matchloop.matching.scoring.rarity import rarity, text_rarity
from matchloop.matching.scoring.sampling import neighbourhoods
from matchloop.matching.scoring.structure import Shape, Structure
from matchloop.matching.scoring.tradeoff import threshold_of
from matchloop.matching.scoring.unsupervised import (
    PriorModels,
    Unsupervised,
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
    "fit_with_out_of_bag",
    "neighbourhoods",
    "prior_pairs",
    "rarity",
    "text_rarity",
    "sharpened",
    "swapped_features",
    "threshold_of",
    "try_readings",
]
