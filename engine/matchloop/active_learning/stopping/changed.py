"""Answers to the pairs whose prediction the labels had changed.

The id of a set encodes which pair was drawn and what the model with labels predicted for it. The id
carries this because nothing else survives every file, spreadsheet and server. Annotators see the
id, so the code is a hash that shows them no prediction. It is no secret from a program: the keys of
the pair are enough to decode it.
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
from matchloop.errors import counted

__all__ = ["Changed", "blank_mark", "count_changed", "mark_of"]

MARK = r"-([0-9a-f]{9}|[md][0-9a-f]{8})$"
"""End of the id of a set that may hold a drawn pair; early files have ``-m`` or ``-d``."""


FEWEST = 5
"""Number of answers below which no warning is given (a convention)."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Answers to the pairs that labels had changed when the questions were drawn.

    Parameters
    ----------
    right
        Pairs in which the model with labels was right.
    answered
        Pairs that were answered.
    rows
        Labelled rows so far.
    """

    right: int
    answered: int
    rows: int

    @property
    def is_worse(self) -> bool:
        """Whether labels were wrong more often than right where they changed a prediction.

        It stays False with fewer than five answers, or where a single answer decides. The margin
        comes from 14 rounds on tables of four kinds in which fewer than half were right. No round
        left groups worse than without labels, as the model had already learned from these answers.
        """
        return self.answered >= FEWEST and 2 * (self.right + 1) < self.answered

    @property
    def more_rows(self) -> int:
        """Rows to label until labels should be right more often than wrong; 0 if they are.

        By convention as many rows as are labelled already, at most a hundred.
        """
        return min(round(self.rows, -1), 100) if self.is_worse else 0

    def to_dict(self) -> dict[str, int | bool]:
        """Return plain values for JSON."""
        return {
            "right": self.right,
            "asked": self.answered,
            "worse": self.is_worse,
            "more_rows": self.more_rows,
        }

    def line(self) -> str:
        """Return the result in one line."""
        summary = (
            f"of {counted(self.answered, 'pair')} that your labels changed, "
            f"{self.right} {'was' if self.right == 1 else 'were'} right"
        )
        if not self.is_worse:
            return summary
        return (
            f"{summary}: groups may be worse than without labels; about {self.more_rows} more rows"
        )


def mark_of(keys: Sequence[str], is_match: bool) -> str:
    """Return the suffix of a set id that encodes a drawn pair.

    Parameters
    ----------
    keys
        The two keys of the pair, in any order.
    is_match
        Whether the labels made the pair match.
    """
    return _mark(keys, "match" if is_match else "differ")


def blank_mark(keys: Sequence[str]) -> str:
    """Return a suffix of the same form for a set without a drawn pair, from all its keys.

    A missing suffix would show annotators that the labels changed nothing in the set.
    """
    return _mark(keys, "none")


def _mark(keys: Sequence[str], meaning: str) -> str:
    named = "\x1f".join([*sorted(keys), meaning])
    return f"-{blake2b(named.encode(), key=b'matchloop changed pair').hexdigest()[:9]}"


def _plain_mark(keys: Sequence[str], is_match: bool) -> str:
    """Return the suffix that earlier versions wrote, which showed the prediction."""
    named = "\x1f".join(sorted(keys))
    return f"-{'m' if is_match else 'd'}{sha256(named.encode()).hexdigest()[:8]}"


def count_changed(labels: Labels | None, records: Records) -> Changed | None:
    """Count the answers to pairs that the labels had changed, in the last such round.

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
        for first, second in combinations(rows, 2):
            predicted = _prediction_of(name, keys[first], keys[second])
            if predicted is not None:
                same = answers[first] == answers[second]
                results.setdefault(origins[first], []).append(same == predicted)
    if not results:
        return None
    last = list(results.values())[-1]
    return Changed(sum(last), len(last), len(labels))


def _prediction_of(name: str, first: str, second: str) -> bool | None:
    """Return the prediction that a set id encodes for a pair; None if it encodes another."""
    for predicted in (True, False):
        if name.endswith(
            (mark_of((first, second), predicted), _plain_mark((first, second), predicted))
        ):
            return predicted
    return None
