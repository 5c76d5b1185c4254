"""Questions: the sets of rows that annotators label.

Strategies compute the utility of each pair. This package draws the sets for all strategies:
:func:`draw_sets` for a model with labels, :func:`start_sets` for the first questions.
"""

from matchloop.active_learning.questions.changed import drawn_changed
from matchloop.active_learning.questions.disputed import drawn_disputed
from matchloop.active_learning.questions.drawing import OVERLAP, draw_sets
from matchloop.active_learning.questions.graph import PairGraph
from matchloop.active_learning.questions.growing import grow_sets, ranked
from matchloop.active_learning.questions.legibility import legible_rows
from matchloop.active_learning.questions.open_sets import OpenSets
from matchloop.active_learning.questions.reading_order import by_likeness
from matchloop.active_learning.questions.repeats import doubts, repeats, twins_of
from matchloop.active_learning.questions.round import Round
from matchloop.active_learning.questions.sets import LabelingSet
from matchloop.active_learning.questions.side_by_side import side_by_side
from matchloop.active_learning.questions.starting import start_sets
from matchloop.active_learning.questions.starts import STARTS, Start, find_start

__all__ = [
    "OVERLAP",
    "STARTS",
    "LabelingSet",
    "OpenSets",
    "PairGraph",
    "Round",
    "Start",
    "by_likeness",
    "doubts",
    "draw_sets",
    "drawn_changed",
    "drawn_disputed",
    "find_start",
    "grow_sets",
    "legible_rows",
    "ranked",
    "repeats",
    "side_by_side",
    "start_sets",
    "twins_of",
]
