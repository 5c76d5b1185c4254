"""Learn to score the pairs of a table: from labels where there are any, else from its shape."""

from matchloop.matching.learning.model import Context, Model
from matchloop.matching.learning.training import guess_without_labels, learn

__all__ = ["Context", "Model", "guess_without_labels", "learn"]
