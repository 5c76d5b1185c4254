"""Turn candidate pairs into features, by the kind of each column.

To add a comparator: write one file with a class as
:class:`matchloop.matching.comparing.base.Comparator`
describes, and add it to ``BUILTIN``. Other packages register theirs under the entry-point group
``matchloop.comparators`` and are used for a column where the user names them.
"""

from matchloop.matching.comparing.base import Comparator, RecordComparator
from matchloop.matching.comparing.builtin import BUILTIN, GROUP
from matchloop.matching.comparing.comparer import Comparer
from matchloop.matching.comparing.swapped import SWAPPED

__all__ = ["BUILTIN", "GROUP", "SWAPPED", "Comparator", "Comparer", "RecordComparator"]
