"""The result of clustering: a group for every record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.errors import counted

__all__ = ["ClusteringReport", "Clusters", "Drawn"]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A sample of the uncompared pairs between groups.

    Parameters
    ----------
    ids
        Pair numbers (:func:`matchloop.data.pairs.pair_ids`), shape (pairs,), sorted.
    stands_for
        Further uncompared pairs that each drawn pair stands for, shape (pairs,).
    """

    ids: NDArray[np.int64]
    stands_for: NDArray[np.int64]


#: Share of all matched pairs above which the largest group is reported, and the size it must have.
#: cora_large chose the share: its largest true group (236 of 1,879 records) holds .44.
DOMINANT = 0.5
DOMINANT_SIZE = 30


@dataclass(frozen=True, slots=True)
class ClusteringReport:
    """Figures of a clustering, and the constraints it could not keep.

    Parameters
    ----------
    records, groups, pairs
        Number of records, of groups (groups of one included), of scored pairs.
    biggest
        Sizes of the ten largest groups, descending.
    components
        Sizes of the ten largest connected components at the threshold, descending: the groups that
        single linkage would have given.
    capped
        Groups larger than the cap that were split at a higher threshold.
    over_cap
        Groups still larger than the cap, because labels hold them together.
    contradictions
        Pairs labelled both match and non-match, shape (n, 2): the score decides.
    dropped
        Must-link pairs dropped because, with others, they join a pair labelled a non-match,
        shape (n, 2).
    sources_joined
        Groups that hold two records of one source, against the setting, because labels hold them
        together.
    matched
        Pairs of records that share a group.
    """

    records: int
    groups: int
    pairs: int
    biggest: tuple[int, ...]
    components: tuple[int, ...]
    capped: int = 0
    over_cap: int = 0
    contradictions: tuple[tuple[int, int], ...] = ()
    dropped: tuple[tuple[int, int], ...] = ()
    sources_joined: int = 0
    matched: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return a sentence for each constraint not kept and each group to check."""
        notes = [
            (
                self.capped,
                "group larger than the cap was split",
                "groups larger than the cap were split",
            ),
            (
                self.over_cap,
                "group is larger than the cap because labels hold it together",
                "groups are larger than the cap because labels hold them together",
            ),
            (
                len(self.contradictions),
                "pair is labelled both ways; its score decided",
                "pairs are labelled both ways; their scores decided",
            ),
            (
                len(self.dropped),
                "match label gave way to non-match labels it contradicts",
                "match labels gave way to non-match labels they contradict",
            ),
            (
                self.sources_joined,
                "group holds two records of one source because labels hold it together",
                "groups hold two records of one source because labels hold them together",
            ),
        ]
        lines = [counted(count, singular, plural) for count, singular, plural in notes if count]
        largest = self.biggest[0] if self.biggest else 0
        share = largest * (largest - 1) / 2 / max(self.matched, 1)
        if largest > DOMINANT_SIZE and share > DOMINANT:
            lines.append(
                f"one group of {largest:,} records holds {share:.0%} of all matched pairs: check it"
            )
        return lines


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """A partition of the records.

    Parameters
    ----------
    cluster
        Group of each record, shape (records,), numbered by first appearance.
    confidence
        Shape (records,), float32 in [0, 1], the same for all records of a group: the mean
        probability of the compared pairs inside it; in a group of one, 1 minus the probability
        of its best candidate; 1 where nothing was compared.
    weakest
        Shape (records,), float32 in [0, 1], the same for all records of a group: the average
        probability of its last merge; 1 where no merge was by score.
    report
        Figures, and the constraints that were not kept.
    """

    cluster: NDArray[np.int64]
    confidence: NDArray[np.float32]
    weakest: NDArray[np.float32]
    report: ClusteringReport

    def __len__(self) -> int:
        return len(self.cluster)
