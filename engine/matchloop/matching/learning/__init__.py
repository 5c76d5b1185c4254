"""Train a model of the pairs of a table: on labels, or without labels as a prior model."""

from matchloop.matching.learning.model import Context, Model
from matchloop.matching.learning.training import learn, prior_probabilities

__all__ = ["Context", "Model", "learn", "prior_probabilities"]
