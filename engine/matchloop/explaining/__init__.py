"""Why two records match, or do not: what each column adds to the probability."""

from matchloop.explaining.attribution import attribute
from matchloop.explaining.explanation import Contribution, Explanation, explain_pair, explain_rows

__all__ = ["Contribution", "Explanation", "attribute", "explain_pair", "explain_rows"]
