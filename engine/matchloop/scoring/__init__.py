"""Scoring: from feature vectors of pairs to match probabilities, with labels or with none."""

from matchloop.scoring.forest import Forest, fit_forest

__all__ = ["Forest", "fit_forest"]
