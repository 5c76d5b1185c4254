"""From scored pairs to groups: apply labels, complete or sample components, cluster, assign ids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.matches import Matches, assign_ids, next_free_id
from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.data.reading_notes import reading_notes
from matchloop.data.records import Records
from matchloop.matching.backends import PreparedTable
from matchloop.matching.blocking import IDENTICAL
from matchloop.matching.clustering import (
    Clusters,
    Drawn,
    PairList,
    ScorePairs,
    cluster,
    cluster_incrementally,
    links_of,
    missing_pairs,
    permitted_links,
    sampled,
)
from matchloop.matching.learning import Context, Model

__all__ = ["Grouping", "pairs_to_complete"]

Positions = NDArray[np.int32]

COMPLETED = 0.25
"""Most pairs to compare inside connected components, per candidate pair (a convention)."""

FEW_PAIRS = 100_000
"""Pairs to compare there in any case (a convention)."""

DRAWN = 0.05
"""Most pairs to draw as samples between large groups, per scored pair, or `FEW_PAIRS` if more.

A generated company of 676 records needed 2,000 to 22,000."""

TIED = 0.5
"""Probability from which a pair connects its records (a convention: the more likely answer)."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Settings by which scored pairs become groups.

    Parameters
    ----------
    threshold
        Average probability from which groups merge.
    enforce_labels
        Whether groups obey every label; otherwise a label is the score of its pair.
    per_source
        ``"one"`` where a group may hold at most one record of each source.
    max_size
        Records a group may hold.
    """

    threshold: float
    enforce_labels: bool = False
    per_source: Literal["many", "one"] = "many"
    max_size: int | None = None

    def matches(
        self,
        prepared: PreparedTable,
        scores: Scores,
        labelled: LabeledPairs | None = None,
        *,
        model: Model | None = None,
        context: Context | None = None,
        previous: NDArray[np.int64] | None = None,
        next_id: int = 0,
    ) -> Matches:
        """Group the records of a table.

        Parameters
        ----------
        prepared
            The table.
        scores
            Scores of its candidate pairs.
        labelled
            Labelled pairs of it.
        model, context
            Score the pairs inside connected components that blocking left out; without them,
            these pairs stay uncompared.
        previous
            Earlier group of each record, -1 for a new one; existing groups are never split.
        next_id
            Lowest id of a new group, where there are earlier groups.

        Returns
        -------
        Matches
            A group and a confidence for each record.
        """
        records = prepared.records
        # labels override scores three times: before components form, and after each step that adds
        # scores, which may cover labelled pairs
        scores = _with_labels(scores, labelled)
        drawn = None
        if model is not None and context is not None:
            score = partial(model.score_pairs, prepared, context=context)
            scores = _with_labels(_completed(prepared, scores, score), labelled)
            scores = records.memory.set_aside(scores)
            records.memory.ease()
            scores, drawn = _sampled(records, scores, score)
            scores = records.memory.set_aside(_with_labels(scores, labelled))
        records.memory.ease(always=True)
        clusters = self._clusters(records, scores, labelled, previous, drawn)
        earlier = None if previous is None else _earlier(records, previous)
        match_id, changes = assign_ids(clusters.cluster, records.keys, earlier, next_id=next_id)
        next_id = next_free_id(match_id, earlier, next_id)
        notes = (*reading_notes(prepared.views), *clusters.report.lines())
        return Matches(records, match_id, clusters.confidence, scores, changes, notes, next_id)

    def _clusters(
        self,
        records: Records,
        scores: Scores,
        labelled: LabeledPairs | None,
        previous: NDArray[np.int64] | None,
        drawn: Drawn | None,
    ) -> Clusters:
        must: PairList = (np.empty(0, np.int32), np.empty(0, np.int32))
        cannot = None
        if self.enforce_labels and labelled is not None:
            must = labelled.left[labelled.is_match], labelled.right[labelled.is_match]
            cannot = labelled.left[~labelled.is_match], labelled.right[~labelled.is_match]
        held = must if previous is None else _both(must, links_of(previous))
        same = permitted_links(
            _identical(scores, self.threshold),
            held,
            cannot,
            sources=records.sources if self.per_source == "one" else None,
            max_size=self.max_size,
        )
        must = _both(must, same)
        if previous is None:
            return cluster(
                scores,
                len(records),
                threshold=self.threshold,
                sources=records.sources,
                must_link=must,
                cannot_link=cannot,
                max_size=self.max_size,
                per_source=self.per_source,
                drawn=drawn,
            )
        return cluster_incrementally(
            scores,
            previous,
            threshold=self.threshold,
            sources=records.sources,
            must_link=must,
            cannot_link=cannot,
            max_size=self.max_size,
            per_source=self.per_source,
            drawn=drawn,
        )


def _with_labels(scores: Scores, labelled: LabeledPairs | None) -> Scores:
    """Replace scores by labels, 1 and 0; where labels of a pair contradict, by their mean."""
    if labelled is None or len(labelled) == 0:
        return scores
    pairs = CandidatePairs.of(labelled.left, labelled.right, "label")
    at = np.searchsorted(pairs.ids(), labelled.ids())
    matches = np.bincount(at, weights=labelled.is_match, minlength=len(pairs))
    share = (matches / np.bincount(at, minlength=len(pairs))).astype(np.float32)
    return scores.overlaid(Scores(pairs, share))


def pairs_to_complete(prepared: PreparedTable, scores: Scores) -> CandidatePairs:
    """List the pairs inside connected components that blocking left out, within a budget.

    Components form at a fixed probability. The threshold thus changes where merging stops, and
    never which pairs have a score: a higher threshold always gives a refinement.
    """
    records = prepared.records
    limit = max(int(COMPLETED * len(prepared.candidates)), FEW_PAIRS)
    return missing_pairs(scores, len(records), TIED, limit, sources=records.sources)


def _completed(prepared: PreparedTable, scores: Scores, score: ScorePairs) -> Scores:
    missing = pairs_to_complete(prepared, scores)
    if len(missing) == 0:
        return scores
    return scores.overlaid(score(missing))


def _sampled(records: Records, scores: Scores, score: ScorePairs) -> tuple[Scores, Drawn]:
    # like completion, sampling does not depend on the threshold of the user
    limit = max(int(DRAWN * len(scores)), FEW_PAIRS)
    return sampled(
        scores,
        score,
        len(records),
        TIED,
        limit,
        tickets=lambda rows: _tickets(records, rows),
        sources=records.sources,
        must_link=_identical(scores, TIED),
    )


def _tickets(records: Records, rows: Positions) -> NDArray[np.uint64]:
    """Hash each record's key to a number, so that samples do not depend on the order of rows."""
    keys = records.keys.take(pa.array(rows)).to_pylist()
    digests = b"".join(blake2b(str(key).encode(), digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, np.uint64)


def _identical(scores: Scores, threshold: float) -> tuple[Positions, Positions]:
    """List the pairs of identical records that match.

    Blocking links identical records into a chain. All pairs of a chain have the same score, so that
    only its links are compared.
    """
    names = scores.pairs.rule_names
    if IDENTICAL not in names:
        none = np.empty(0, np.int32)
        return none, none
    chained = (scores.pairs.rules >> np.uint32(names.index(IDENTICAL))) & 1 == 1
    match = chained & (scores.probability >= threshold)
    return scores.pairs.left[match], scores.pairs.right[match]


def _both(first: PairList, second: PairList) -> PairList:
    return np.concatenate((first[0], second[0])), np.concatenate((first[1], second[1]))


def _earlier(records: Records, ids: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
    rows = np.flatnonzero(ids >= 0)
    return records.keys.take(pa.array(rows)).to_pylist(), ids[rows]
