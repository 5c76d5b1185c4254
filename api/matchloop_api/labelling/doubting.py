"""Sets for a second look, and the model's advice on rows and on stopping."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import matchloop as ml
from matchloop.active_learning.stopping import Outlook
from matchloop.data.labels import Labels
from matchloop.matching.backends import PreparedTable
from matchloop.quality.label_checks import doubted_sets

__all__ = ["advice_line", "groups_of", "second_look_sets"]

LOOKED_AT = 5
"""Sets offered for a second look."""


LEAST_CHANGE = 0.005
"""Share of the matches below which a forecast is not given as a number."""


def advice_line(outlook: Outlook) -> str:
    """Return the advice of an outlook in sentences."""
    lines = [f"{'You have labelled enough' if outlook.stop else 'Go on labelling'}: {outlook.why}."]
    if outlook.change is not None:
        share, most = _percent(outlook.change.expected), _percent(outlook.change.high)
        amount = f"about {share} of the matches, at most {most}"
        if outlook.change.high < LEAST_CHANGE:
            amount = f"less than {_percent(LEAST_CHANGE)} of the matches"
        lines.append(f"More questions would change {amount}.")
    if outlook.changed is not None and outlook.changed.is_worse:
        line = outlook.changed.line()
        lines.append(f"{line[:1].upper()}{line[1:]}.")
    return " ".join(lines)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1g} %"


def groups_of(loop: ml.LabelingLoop, rows: NDArray[np.int32]) -> tuple[int, ...]:
    """Return the model's group of each of some rows."""
    return tuple(loop.match().match_id[rows].tolist())


def second_look_sets(prepared: PreparedTable, labels: Labels | None) -> tuple[str, ...]:
    """Return the ids of the sets to look at again, at most :data:`LOOKED_AT`."""
    return () if labels is None else doubted_sets(prepared, labels, limit=LOOKED_AT)
