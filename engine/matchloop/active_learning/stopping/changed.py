"""What people said of the pairs that their labels had changed.

The id of a set encodes which pair was drawn and what the model with labels predicted for it, as the
id is all that survives every file, spreadsheet and server. The person who labels sees the id, so
the code is a hash: nobody reads a prediction off it. It is no secret from a program, which needs
nothing but the keys of the pair to decode it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.labels import Labels
from matchloop.data.records import Records

__all__ = ["Changed", "blank_mark", "mark_of", "told_of_changed"]

MARK = r"-([0-9a-f]{9}|[md][0-9a-f]{8})$"
"""End of the id of a set that may hold a drawn pair; early files have ``-m`` or ``-d``."""


FEWEST = 5
"""Answers below which nothing is warned of."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What people said of the pairs that labels had changed when the questions were drawn.

    Parameters
    ----------
    right
        Pairs in which the model with labels was right.
    asked
        Pairs that were answered.
    rows
        Labelled rows so far.
    """

    right: int
    asked: int
    rows: int

    @property
    def is_worse(self) -> bool:
        """Whether labels were wrong more often than right where they changed anything.

        One answer more on the other side would have to leave it so, and fewer than five answers
        say nothing: of 14 rounds on tables of four kinds in which fewer than half were right, none
        left groups worse than without labels, as their answers had taught the model already.
        """
        return self.asked >= FEWEST and 2 * (self.right + 1) < self.asked

    @property
    def more_rows(self) -> int:
        """Rows to label until labels should be right more often than wrong; 0 if they are.

        A rule of thumb: as many as are labelled already, at most a hundred.
        """
        return min(round(self.rows, -1), 100) if self.is_worse else 0

    def to_dict(self) -> dict[str, int | bool]:
        """Return plain values for JSON."""
        return {
            "right": self.right,
            "asked": self.asked,
            "worse": self.is_worse,
            "more_rows": self.more_rows,
        }

    def line(self) -> str:
        """Return the result in one line."""
        told = f"of {self.asked} pairs that your labels changed, {self.right} were right"
        if not self.is_worse:
            return told
        return f"{told}: groups may be worse than without labels; about {self.more_rows} more rows"


def mark_of(keys: Sequence[str], is_match: bool) -> str:
    """Return the end of the id of a set for a drawn pair.

    Parameters
    ----------
    keys
        The two keys of the pair, in any order.
    is_match
        Whether the labels made the pair match.
    """
    return _mark(keys, "match" if is_match else "differ")


def blank_mark(keys: Sequence[str]) -> str:
    """Return an end of the same form for a set without a drawn pair, from all its keys.

    Without it, the missing end would say that the labels changed nothing in the set.
    """
    return _mark(keys, "none")


def _mark(keys: Sequence[str], meaning: str) -> str:
    named = "\x1f".join([*sorted(keys), meaning])
    return f"-{blake2b(named.encode(), key=b'matchloop changed pair').hexdigest()[:9]}"


def _plain_mark(keys: Sequence[str], is_match: bool) -> str:
    """Return the end that earlier versions wrote, which showed the prediction."""
    named = "\x1f".join(sorted(keys))
    return f"-{'m' if is_match else 'd'}{sha256(named.encode()).hexdigest()[:8]}"


def told_of_changed(labels: Labels | None, records: Records) -> Changed | None:
    """Count what people said of the pairs that their labels had changed, in the last such round.

    Parameters
    ----------
    labels
        All labels of the table.
    records
        The table.

    Returns
    -------
    Changed or None
        None where no such pair was answered.
    """
    if labels is None or records.key not in labels.values.column_names:
        return None
    names = pc.utf8_trim_whitespace(labels.set_ids)
    drawn = pa.array(np.flatnonzero(pc.match_substring_regex(names, MARK)))
    origin = labels.provenance.take(drawn)
    origins = list(zip(origin["round"].to_pylist(), origin["source"].to_pylist(), strict=True))
    keys = labels.values[records.key].take(drawn).to_pylist()
    answers = pc.utf8_trim_whitespace(labels.labels.take(drawn)).to_pylist()
    members: dict[str, list[int]] = {}
    for row, name in enumerate(names.take(drawn).to_pylist()):
        members.setdefault(name, []).append(row)
    results: dict[tuple[int | None, str | None], list[bool]] = {}
    for name, rows in members.items():
        for one, other in combinations(rows, 2):
            said = _said(name, keys[one], keys[other])
            if said is not None:
                same = answers[one] == answers[other]
                results.setdefault(origins[one], []).append(same == said)
    if not results:
        return None
    last = list(results.values())[-1]
    return Changed(sum(last), len(last), len(labels))


def _said(name: str, one: str, other: str) -> bool | None:
    """Return what the model said of the pair that the id of a set names; None if not this one."""
    for said in (True, False):
        if name.endswith((mark_of((one, other), said), _plain_mark((one, other), said))):
            return said
    return None
