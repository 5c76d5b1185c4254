"""Whether labels can be trusted: an examination of label files, and which labels taught what.

Not to be taken for :mod:`matchloop.auditing`, which draws questions by design to estimate how good
a *matching* is. Here the *labels* are examined.
"""

from matchloop.label_audit.contradictions import Contradiction, find_contradictions
from matchloop.label_audit.given import GivenLabels, GivenSet

__all__ = ["Contradiction", "GivenLabels", "GivenSet", "find_contradictions"]
