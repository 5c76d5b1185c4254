"""Describe a matched table by the match probabilities of its pairs, for its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.data.matches import CONFIDENCE, MATCH_ID
from matchloop.data.pairs import Scores
from matchloop.data.records import Records
from matchloop.data.text import as_text
from matchloop.data.views import Views
from matchloop.errors import counted
from matchloop.quality.doubtful import Doubt, doubtful_groups, weakest_links
from matchloop.report.matched import DoubtfulGroup, LargeGroup, SizeBand

__all__ = [
    "counter_evidence",
    "describe_decision",
    "describe_doubtful",
    "describe_largest",
    "size_bands",
]

Rows = NDArray[np.int64]

COLUMNS = 14
"""Columns of a doubtful group that are shown at most."""

BANDS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, 30), (31, 100), (101, None))

LARGEST, MOST, FEWEST = 10, 0.5, 3
"""Groups that are listed, the share of records that agree, and the records of such a group."""

LOOKED_AT = 500
"""Records of a large group that are looked at, about."""


def size_bands(match_id: Rows) -> tuple[SizeBand, ...]:
    """Count groups and records by the size of the group; bands without groups are left out."""
    sizes = np.unique(match_id, return_counts=True)[1]
    bands = []
    for low, high in BANDS:
        own = sizes[(sizes >= low) & (sizes <= (high or sizes.max(initial=0)))]
        if len(own):
            name = str(low) if high == low else f"{low} to {high}" if high else f"{low} or more"
            bands.append(SizeBand(name, len(own), int(own.sum())))
    return tuple(bands)


def describe_doubtful(
    records: Records, match_id: Rows, scores: Scores, *, limit: int = 50
) -> tuple[DoubtfulGroup, ...]:
    """Return the decisions that are most likely wrong, with their records and what differs."""
    views = Views(records)
    doubts = doubtful_groups(match_id, scores, limit=limit)
    return tuple(describe_decision(doubt, records, match_id, views) for doubt in doubts)


def describe_decision(
    doubt: Doubt, records: Records, match_id: Rows, views: Views
) -> DoubtfulGroup:
    """Return a decision with the values of its records and what differs.

    Parameters
    ----------
    doubt
        The decision.
    records, match_id
        The table, and the group of each record.
    views
        Of the table; several decisions share them.
    """
    rows = list(doubt.rows)
    differing: dict[str, list[str | None]] = {}
    odd: dict[str, list[bool]] = {}
    same: dict[str, str] = {}
    left_out = 0
    for name in records.table.column_names:
        if name in (records.key, MATCH_ID, CONFIDENCE):
            continue
        values = [_text(records, name, row) for row in rows]
        forms = [_form(views, records, name, row) for row in rows]
        present = [form for form in forms if form is not None]
        if len(set(present)) > 1:
            if len(differing) == COLUMNS:
                left_out += 1
                continue
            differing[name] = values
            # sources differ in every pair of a linkage, which says nothing against it
            odd[name] = _odd(forms) if name != records.source else [False] * len(rows)
        elif present:
            same[name] = next(
                value or "" for value, form in zip(values, forms, strict=True) if form is not None
            )
    return DoubtfulGroup(
        doubt.groups,
        int(np.isin(match_id, doubt.groups).sum()),
        doubt.probability,
        tuple(str(records.keys[row]) for row in rows),
        tuple(int(match_id[row]) for row in rows),
        differing,
        odd,
        same,
        left_out,
    )


def describe_largest(records: Records, match_id: Rows, scores: Scores) -> tuple[LargeGroup, ...]:
    """Return the largest groups of three records or more, and what most of their records share."""
    ids, sizes = np.unique(match_id, return_counts=True)
    order = np.lexsort((ids, -sizes))[:LARGEST]
    link = weakest_links(match_id, scores)
    views = Views(records)
    groups = []
    for at in order[sizes[order] >= FEWEST].tolist():
        rows = np.flatnonzero(match_id == ids[at])
        sample = rows[:: max(1, len(rows) // LOOKED_AT)].tolist()
        shared = []
        for name in records.columns:
            forms = [_form(views, records, name, row) for row in sample]
            present = [form for form in forms if form is not None]
            form, count = Counter(present).most_common(1)[0] if present else ("", 0)
            if count > MOST * len(sample):
                value = _text(records, name, sample[forms.index(form)])
                shared.append((name, value or "", count / len(sample)))
        weakest = link[rows]
        groups.append(
            LargeGroup(
                int(ids[at]),
                len(rows),
                None if np.isnan(weakest).all() else float(np.nanmin(weakest)),
                tuple(shared),
            )
        )
    return tuple(groups)


def counter_evidence(
    records: Records, match_id: Rows, scores: Scores, *, threshold: float, own: Rows
) -> list[str]:
    """Return what the table and the probabilities say against the groups, a sentence each.

    Parameters
    ----------
    records
        The table.
    match_id
        Group of each record.
    scores
        The compared pairs.
    threshold
        From which the groups were formed.
    own
        Group of each record as the model that gave the scores would group them.
    """
    lines = []
    moved = _otherwise(match_id, own)
    if moved:
        lines.append(
            f"The model of this page groups {counted(moved, 'record')} otherwise. The table "
            "was edited, or matched with other labels or settings; give the same ones."
        )
    left, right = scores.pairs.left, scores.pairs.right
    joined = match_id[left] == match_id[right]
    weak = int(len(np.unique(match_id[left[joined & (scores.probability < threshold)]])))
    if weak:
        lines.append(
            f"{counted(weak, 'group holds', 'groups hold')} a pair below the threshold of "
            f"{threshold:.2g}: other records tie the two together."
        )
    cut = int((~joined & (scores.probability >= threshold)).sum())
    if cut:
        lines.append(
            f"{counted(cut, 'pair')} from the threshold on {'is' if cut == 1 else 'are'} in "
            "different groups: other records speak against the match."
        )
    unsure = int(((scores.probability > 0.25) & (scores.probability < 0.75)).sum())
    if unsure:
        lines.append(
            f"The model is unsure of {unsure:,} of {counted(len(left), 'compared pair')} "
            "(probability from 0.25 to 0.75)."
        )
    sizes = np.unique(match_id, return_counts=True)[1]
    largest = int(sizes.max(initial=0))
    typical = float(np.median(sizes[sizes > 1])) if (sizes > 1).any() else 1.0
    if largest > 30 or (largest >= 6 and largest > 5 * typical):
        lines.append(
            f"The largest group has {largest:,} records, the typical one {typical:g}: it may join "
            "several things."
        )
    if records.sources is not None:
        both = match_id.astype(np.int64) << 32 | records.sources.astype(np.int64)
        pairs, counts = np.unique(both, return_counts=True)
        several = len(np.unique(pairs[counts > 1] >> 32))
        if several:
            lines.append(
                f"{counted(several, 'group holds', 'groups hold')} several records of one source. "
                "If a source has no duplicates, match with --per-source one."
            )
    return lines


def _otherwise(match_id: Rows, own: Rows) -> int:
    """Count the records whose group has other members in another grouping."""
    sizes = [
        np.unique(groups, return_inverse=True, return_counts=True) for groups in (match_id, own)
    ]
    codes = [described[1].reshape(-1).astype(np.int64) for described in sizes]
    both = codes[0] << 32 | codes[1]
    _, which, count = np.unique(both, return_inverse=True, return_counts=True)
    shared = count[which.reshape(-1)]
    is_same = (sizes[0][2][codes[0]] == shared) & (sizes[1][2][codes[1]] == shared)
    return int((~is_same).sum())


def _odd(forms: Sequence[str | None]) -> list[bool]:
    """Tell which values differ from that of most records; all do where no value has the most."""
    counts = Counter(form for form in forms if form is not None).most_common(2)
    most = counts[0][0] if len(counts) < 2 or counts[0][1] > counts[1][1] else None
    return [form is not None and form != most for form in forms]


def _form(views: Views, records: Records, column: str, row: int) -> str | None:
    """Return a value as the engine compares it; None where it stands for a missing one."""
    if column in records.kinds:
        folded: str | None = views.folded(column)[row].as_py()
        return folded or None
    return _text(records, column, row)


def _text(records: Records, column: str, row: int) -> str | None:
    text: str | None = as_text(records.table[column].slice(row, 1))[0].as_py()
    return None if text is None or not text.strip() else text
