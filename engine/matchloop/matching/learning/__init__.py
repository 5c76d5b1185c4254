"""Train a model of the pairs of a table: on labels, or without labels as a prior model."""

from matchloop.matching.learning.model import Context, Model
from matchloop.matching.learning.training import disputed_pairs, learn, prior_probabilities

__all__ = ["Context", "Model", "disputed_pairs", "learn", "prior_probabilities"]
