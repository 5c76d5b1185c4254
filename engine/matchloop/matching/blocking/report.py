"""Report on blocking: the pairs of each rule, and the lost matches."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, pair_ids, run_starts, unpacked
from matchloop.errors import counted

__all__ = ["BlockingReport", "RuleReport"]

LOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RuleReport:
    """The candidate pairs of one rule.

    Parameters
    ----------
    name
        The rule.
    pairs
        Number of candidate pairs that it found.
    alone
        Number of these that no other rule found.
    matches, matches_alone
        The same numbers of true pairs; None where true pairs are unknown.
    """

    name: str
    pairs: int
    alone: int
    matches: int | None = None
    matches_alone: int | None = None


@dataclass(frozen=True, slots=True)
class BlockingReport:
    """The candidate pairs of each rule, and the matches that blocking lost.

    Parameters
    ----------
    records
        Number of records of the table.
    pairs
        Number of candidate pairs.
    rules
        One report per rule.
    matches
        Number of true pairs, from labels or truth; None where there are none.
    found
        Number of true pairs that are candidate pairs.
    lost
        Up to five true pairs, as keys, that are not.
    """

    records: int
    pairs: int
    rules: tuple[RuleReport, ...]
    matches: int | None = None
    found: int | None = None
    lost: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls,
        candidates: CandidatePairs,
        keys: list[str],
        matches: tuple[NDArray[np.integer], NDArray[np.integer]] | None = None,
    ) -> BlockingReport:
        """Count the candidate pairs and true pairs of each rule.

        Parameters
        ----------
        candidates
            The candidate pairs.
        keys
            The key of each record.
        matches
            Rows of true pairs, two arrays of shape (matches,), in any order.
        """
        true_ids = np.zeros(0, np.int64)
        is_match = np.zeros(len(candidates), np.bool_)
        if matches is not None:
            true_ids = np.sort(pair_ids(*matches))
            true_ids = true_ids[run_starts(true_ids)]
            is_match = np.isin(candidates.ids(), true_ids, assume_unique=True)
        rules = tuple(
            _rule_report(candidates, bit, name, is_match if matches is not None else None)
            for bit, name in enumerate(candidates.rule_names)
        )
        if matches is None:
            return cls(len(keys), len(candidates), rules)
        missed = true_ids[~np.isin(true_ids, candidates.ids(), assume_unique=True)]
        ends = (rows.tolist() for rows in unpacked(missed[:LOST_SHOWN]))
        lost = tuple((keys[left], keys[right]) for left, right in zip(*ends, strict=True))
        return cls(
            len(keys), len(candidates), rules, len(true_ids), len(true_ids) - len(missed), lost
        )

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain values, ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        has_truth = self.matches is not None
        header = ["rule", "pairs", "alone", *(["matches", "alone"] if has_truth else [])]
        lines = [header]
        for rule in self.rules:
            counts = [rule.pairs, rule.alone]
            if rule.matches is not None and rule.matches_alone is not None:
                counts += [rule.matches, rule.matches_alone]
            lines.append([rule.name, *(f"{count:,}" for count in counts)])
        widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
        text = "\n".join(
            "  ".join(
                [line[0].ljust(widths[0])]
                + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
            )
            for line in lines
        )
        per_record = self.pairs / max(1, self.records)
        text += (
            f"\n{counted(self.pairs, 'pair')} of {counted(self.records, 'record')}, "
            f"{per_record:.1f} per record"
        )
        if self.matches is not None and self.found is not None:
            lost = self.matches - self.found
            text += f"\n{self.found:,} of {self.matches:,} known matches found, {lost:,} lost"
            text += "".join(f"\n  lost: {left} and {right}" for left, right in self.lost)
        return text


def _rule_report(
    candidates: CandidatePairs, bit: int, name: str, is_match: NDArray[np.bool_] | None
) -> RuleReport:
    of_rule = (candidates.rules >> np.uint32(bit)) & np.uint32(1) > 0
    alone = candidates.rules == np.uint32(1 << bit)
    if is_match is None:
        return RuleReport(name, int(of_rule.sum()), int(alone.sum()))
    return RuleReport(
        name,
        int(of_rule.sum()),
        int(alone.sum()),
        int((of_rule & is_match).sum()),
        int((alone & is_match).sum()),
    )
