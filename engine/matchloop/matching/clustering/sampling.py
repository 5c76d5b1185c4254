"""Samples of the pairs between groups, where a component is too large to compare every pair.

A large component consists of groups of similar records. A sample of the pairs between two of these
groups decides whether they are one entity, so that the cost grows with the number of groups and not
with the square of their sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Scores, pair_ids, unpacked
from matchloop.matching.clustering import kernels
from matchloop.matching.clustering.average import cluster
from matchloop.matching.clustering.base import Drawn
from matchloop.matching.clustering.completion import missing_by_group
from matchloop.matching.clustering.constraints import PairList
from matchloop.matching.clustering.incremental import links_of
from matchloop.matching.clustering.sampling_kernels import draw, list_blocks, possible

__all__ = ["SAMPLE", "ScorePairs", "sampled"]

Positions = NDArray[np.int32]
Ids = NDArray[np.int64]
ScorePairs = Callable[[CandidatePairs], Scores]
Tickets = Callable[[Positions], NDArray[np.uint64]]
_NO_SOURCE = np.empty(0, np.int32)

#: Most pairs to draw between two groups: the mean of 128 probabilities errs by .04 or less. On
#: generated tables of one company with 676 records, 32 lost a part of 54 records whose average was
#: near the threshold (pair F1 .85 for .93); 512 draws four times the pairs and gives .87 to .96.
SAMPLE = 128

#: Uncompared pairs between two groups from which they are sampled. On the same tables 100 is
#: within .03 of the F1 of 1, and draws down to half of the pairs. At 1, a
#: million records of which a third form one component have 480,000 pairs to draw, at 100 none.
LEAST = 100

#: Most rounds of merging base groups and drawing for the pairs of groups left open. The same tables
#: need one to five.
ROUNDS = 8


def sampled(
    scores: Scores,
    score: ScorePairs,
    n_records: int,
    threshold: float,
    limit: int,
    *,
    tickets: Tickets,
    sources: Positions | None = None,
    must_link: PairList | None = None,
    sample: int = SAMPLE,
    least: int = LEAST,
) -> tuple[Scores, Drawn]:
    """Score samples of the pairs between the groups of components that are not fully compared.

    Base groups form once, by average link at the threshold. Then a sample is drawn between any two
    base groups that are in one group, or whose groups might merge because their compared pairs
    reach the threshold on average. Base groups merge again with the samples, until no pair of
    groups is left open. A chain of groups is thus decided by samples of all its pairs of groups.

    Parameters
    ----------
    scores
        Scored pairs.
    score
        Scores further pairs.
    n_records
        Number of records.
    threshold
        Probability from which a pair connects its records, and from which groups merge.
    limit
        Most pairs to draw. Pairs of groups with most uncompared pairs are sampled first.
    tickets
        Returns a number per record at some positions; the numbers decide which pairs are drawn.
        Computed from keys, they draw the same pairs for any order of the rows.
    sources
        Number of each record's source; then pairs of one source are left out.
    must_link
        Pairs that share a group from the start.
    sample
        Most pairs to draw between two base groups.
    least
        Base groups with fewer uncompared pairs between them are not sampled.

    Returns
    -------
    tuple of Scores and Drawn
        The scores including the drawn pairs, and how many pairs each of these stands for.
    """
    members, inside = _unfinished(scores, n_records, threshold, sources, least)
    drawn = Drawn(np.empty(0, np.int64), np.empty(0, np.int64))
    if not len(members):
        return scores, drawn
    place = np.full(n_records, -1, np.int32)
    place[members] = np.arange(len(members), dtype=np.int32)
    here = Scores(_moved(scores.pairs.take(inside), place), scores.probability[inside])
    form = partial(
        cluster,
        n_records=len(members),
        threshold=threshold,
        sources=None if sources is None else sources[members],
    )
    group = form(here, must_link=_tied(must_link, place)).cluster
    whole = links_of(group)
    base = _Base.of(group, tickets(members), None if sources is None else sources[members])
    done = np.empty(0, np.int64)
    for _ in range(ROUNDS):
        room = limit - len(drawn.ids)
        blocks, uncompared = _blocks(here, base, group, threshold, done, room)
        large = uncompared >= least
        new = base.draw(here, blocks[large], uncompared[large], sample, room)
        if not len(new.ids):
            break
        done = np.sort(np.concatenate((done, blocks)))
        drawn = _joined(drawn, new)
        left, right = unpacked(new.ids)
        some = score(CandidatePairs.of(members[left], members[right], "sample"))
        scores = scores.overlaid(some)
        here = here.overlaid(Scores(_moved(some.pairs, place), some.probability))
        group = form(here, must_link=whole, drawn=drawn).cluster
    left, right = unpacked(drawn.ids)
    return scores, Drawn(pair_ids(members[left], members[right]), drawn.stands_for)


@dataclass(frozen=True, slots=True, eq=False)
class _Base:
    # base groups, numbered by their lowest ticket so that no number depends on the order of rows:
    # that of each record, and their records in the order of their tickets
    group: Ids
    starts: Ids
    members: Positions
    source: Positions

    @classmethod
    def of(cls, group: Ids, ticket: NDArray[np.uint64], sources: Positions | None) -> _Base:
        lowest = np.full(group.max() + 1, np.iinfo(np.uint64).max, np.uint64)
        np.minimum.at(lowest, group, ticket)
        group = np.argsort(np.argsort(lowest))[group]
        members = np.lexsort((ticket, group)).astype(np.int32)
        starts = np.append(0, np.cumsum(np.bincount(group)))
        return cls(group, starts, members, _NO_SOURCE if sources is None else sources)

    def draw(self, scores: Scores, blocks: Ids, uncompared: Ids, sample: int, room: int) -> Drawn:
        order = np.lexsort((blocks, -uncompared))
        ids, stands = draw(
            blocks[order],
            uncompared[order],
            self.starts,
            self.members,
            self.source,
            scores.pairs.ids(),
            sample,
            room,
        )
        return Drawn(ids, stands)


def _unfinished(
    scores: Scores, n_records: int, threshold: float, sources: Positions | None, least: int
) -> tuple[Positions, Ids]:
    # records of components that have uncompared pairs, and the compared pairs inside these
    cut = int(np.rint(threshold * kernels.ONE))
    whole = kernels.whole(scores.probability)
    left, right = scores.pairs.left, scores.pairs.right
    component = kernels.groups_of(np.arange(n_records, dtype=np.int32), left, right, whole, cut)
    size = np.bincount(component)
    large = size**2 >= 4 * least  # two halves have at most size**2 / 4 pairs between them
    if not large.any():
        return np.empty(0, np.int32), np.empty(0, np.int64)
    unfinished = large & (missing_by_group(component, left, right, sources) >= least)
    inside = kernels.inner(component, left, right)
    members = np.flatnonzero(unfinished[component]).astype(np.int32)
    return members, inside[unfinished[component[left[inside]]]]


def _blocks(
    scores: Scores, base: _Base, group: Ids, threshold: float, done: Ids, room: int
) -> tuple[Ids, Ids]:
    # blocks that groups depend on, and how many uncompared pairs each has
    group_a, group_b = _in_question(scores, group, threshold)
    of_base = group[base.members[base.starts[:-1]]]
    size = np.diff(base.starts)
    order = np.lexsort((-size, of_base))
    starts = np.append(0, np.cumsum(np.bincount(of_base)))
    first = order[starts[:-1]]
    group_a, group_b = np.where(
        first[group_a] < first[group_b], (group_a, group_b), (group_b, group_a)
    )
    weight = np.bincount(group)
    by = np.lexsort((first[group_b], first[group_a], -(weight[group_a] * weight[group_b])))
    blocks = np.sort(list_blocks(group_a[by], group_b[by], starts, order, done, max(room, 0)))
    left, right = base.group[scores.pairs.left], base.group[scores.pairs.right]
    ids = np.sort(pair_ids(left, right)[_apart(base, scores)])
    compared = np.searchsorted(ids, blocks, "right") - np.searchsorted(ids, blocks)
    uncompared = possible(blocks, base.starts, base.members, base.source) - compared
    return blocks, uncompared


def _apart(base: _Base, scores: Scores) -> NDArray[np.bool_]:
    # compared pairs that count as possible
    if not len(base.source):
        return np.ones(len(scores), np.bool_)
    return np.not_equal(base.source[scores.pairs.left], base.source[scores.pairs.right])


def _in_question(scores: Scores, group: Ids, threshold: float) -> tuple[Ids, Ids]:
    # every group with itself, and two groups whose compared pairs reach the threshold on average
    links = pair_ids(group[scores.pairs.left], group[scores.pairs.right])
    links, at = np.unique(links, return_inverse=True)
    mean = np.bincount(at, kernels.whole(scores.probability)) / np.bincount(at)
    group_a, group_b = unpacked(links)
    likely = (mean >= threshold * kernels.ONE) & (group_a != group_b)
    own = np.arange(group.max() + 1)
    return np.concatenate((own, group_a[likely])), np.concatenate((own, group_b[likely]))


def _joined(drawn: Drawn, new: Drawn) -> Drawn:
    ids = np.concatenate((drawn.ids, new.ids))
    order = np.argsort(ids)
    return Drawn(ids[order], np.concatenate((drawn.stands_for, new.stands_for))[order])


def _moved(pairs: CandidatePairs, place: Positions) -> CandidatePairs:
    left, right = place[pairs.left], place[pairs.right]
    return CandidatePairs(left, right, pairs.strength, pairs.rules, pairs.rule_names)


def _tied(must_link: PairList | None, place: Positions) -> PairList | None:
    if must_link is None:
        return None
    left, right = place[must_link[0]], place[must_link[1]]
    inside = (left >= 0) & (right >= 0)
    return left[inside], right[inside]
