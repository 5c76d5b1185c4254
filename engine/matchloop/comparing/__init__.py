"""Turn candidate pairs into features, by the kind of each column.

To add a comparator: write one file with a class as :class:`matchloop.comparing.base.Comparator`
describes, and add it to ``BUILTIN``. Other packages register theirs under the entry-point group
``matchloop.comparators`` and are used for a column where the user names them.
"""

from matchloop.comparing.base import Comparator, RecordComparator
from matchloop.comparing.builtin import BUILTIN, GROUP
from matchloop.comparing.comparer import Comparer

__all__ = ["BUILTIN", "GROUP", "Comparator", "Comparer", "RecordComparator"]
