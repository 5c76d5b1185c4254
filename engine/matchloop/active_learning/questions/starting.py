"""The first questions, before any label.

They are of three kinds, which together cover what a first model needs: mutual best pairs (matches,
if there are any), the best rivals of such pairs (hard non-matches), and pairs spread over the whole
range of scores. With mutual best pairs and rivals alone, tables of large groups yield matches only.
With random pairs, tables of few duplicates yield none.

Some of the mutual best pairs are spread evenly over their ranks, others in growing steps from the
best one down. The first two sets hold eight of the latter, so that a table with one duplicate in a
thousand shows some of them at once. Only two of the eight are ranked with the prior: where matches
are so rare, the prior model may separate other classes. Four are ranked by likeness alone, and two
by rarity: the most alike records may have a name and nothing else, and carry little information.
In a table with texts, two of the four are ranked by how far the texts are aligned: the most alike
rows of a product list are variants of one product.
(benchmarks/first_questions.py counts the answers of the first sets.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions.round import Round
from matchloop.active_learning.questions.searching import REFUTED, search_sets

__all__ = ["start_sets"]

MOST_SPREAD = 200_000  # most pairs to rank for the range of scores: bounds time
MIXED = 5  # pairs that are shuffled at a time: the first five still have all kinds


def start_sets(round_: Round, *, sets: int, rows: int) -> list[list[int]]:
    """Draw sets in which both matches and non-matches are expected.

    Where many labels hold no match, :func:`search_sets` draws the sets.

    Parameters
    ----------
    round_
        The round; its probability is that of the prior model.
    sets
        Most sets to draw.
    rows
        Most rows of a set; with 2 every set is a pair.

    Returns
    -------
    list of lists of int
        Row positions per set. Fewer sets than ``sets`` where the table has too few rows.
    """
    if round_.refuted >= REFUTED:
        drawn = search_sets(round_, sets=sets, rows=rows)
        return drawn + round_.random_sets(sets - len(drawn), rows)
    start = _Start(round_, sets, rows)
    if rows == 2:
        drawn = start.pairs(sets)
    else:
        drawn = [chosen for number in range(sets) if (chosen := start.mixed(rows, number))]
    return drawn + round_.random_sets(sets - len(drawn), rows)


class _Start:
    def __init__(self, round_: Round, sets: int, rows: int) -> None:
        self._round = round_
        likeness = round_.pairs.strength.astype(np.float64)
        self._score = (round_.probability + likeness) / 2  # each alone fails on some tables
        is_worth = ~round_.labelled
        is_worth[round_.repeats(self._score)] = False
        judged = is_worth & round_.is_judged()
        is_worth = judged if judged.any() else is_worth
        self._mutual = self._mutual_best(self._score, is_worth)
        self._alike = self._mutual_best(likeness, is_worth)
        rarity = likeness if round_.rarity is None else round_.rarity
        self._rare = self._mutual_best(rarity, is_worth)
        texts = round_.text_rarity
        self._aligned = self._alike if texts is None else self._mutual_best(texts, is_worth)
        spread = np.flatnonzero(is_worth)
        if len(spread) > MOST_SPREAD:
            spread = round_.rng.choice(spread, MOST_SPREAD, replace=False)
        self._spread = self._ranked(spread, self._score)[::-1]
        count = max(2 * sets, 2)
        self._sure = iter(_descending(len(self._mutual), count))
        self._surest = iter(_descending(len(self._alike), count))
        self._rarest = iter(_descending(len(self._rare), count))
        self._best_aligned = (
            self._surest if texts is None else iter(_descending(len(self._aligned), count))
        )
        self._even = iter(_even(len(self._mutual), count, round_.rng))
        self._lasting = iter(_descending(len(self._mutual), count)[::-1])
        self._levels = iter(_halving(max(sets * rows, 2)))

    def _mutual_best(
        self, score: NDArray[np.float64], is_worth: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return the mutual best pairs, the best first."""
        pairs, best = self._round.pairs, self._round.graph.best(score)
        mutual = (score >= best[pairs.left]) & (score >= best[pairs.right])
        return self._ranked(np.flatnonzero(mutual & is_worth), score)

    def _ranked(self, chosen: NDArray[np.int64], score: NDArray[np.float64]) -> NDArray[np.int64]:
        tie = self._round.rng.random(len(chosen))
        return chosen[np.lexsort((tie, -score[chosen]))]

    def alike(self) -> list[int]:
        """Return the rows of a mutual best pair of the greatest likeness, without the model."""
        return self._nearest(self._alike, next(self._surest, 0))

    def aligned(self) -> list[int]:
        """Return the rows of a mutual best pair whose texts are aligned best; else the alike."""
        return self._nearest(self._aligned, next(self._best_aligned, 0))

    def rare(self) -> list[int]:
        """Return the rows of a mutual best pair of the greatest rarity."""
        return self._nearest(self._rare, next(self._rarest, 0))

    def sure(self) -> list[int]:
        """Return the rows of a mutual best pair of the highest scores."""
        return self._nearest(self._mutual, next(self._sure, 0))

    def even(self) -> list[int]:
        """Return the rows of a mutual best pair of any score."""
        return self._nearest(self._mutual, next(self._even, 0))

    def lasting(self) -> list[int]:
        """Return the rows of a mutual best pair of the lowest scores."""
        return self._nearest(self._mutual, next(self._lasting, 0))

    def spread(self) -> list[int]:
        """Return the rows of a pair at the next level of the range of scores, lowest first."""
        if len(self._spread) == 0:
            return []
        score = self._score[self._spread]
        level = score[0] + next(self._levels, 0.5) * (score[-1] - score[0])
        return self._nearest(self._spread, int(np.searchsorted(score, level)))

    def rival(self, row: int) -> list[int]:
        """Return the best free rival of a row."""
        graph = self._round.graph
        edges = graph.edges(row)
        others = graph.others(row, edges)
        free = ~self._round.used[others] & ~self._round.labelled[edges]
        free &= self._round.legible[others]
        if not free.any():
            return []
        chosen = int(others[free][np.argmax(self._score[edges[free]])])
        self._round.show([chosen])
        return [chosen]

    def rival_pair(self) -> list[int]:
        """Return a row and its best rival besides its mutual best."""
        pair = self.even()
        if not pair:
            return []
        rival = self.rival(pair[0])
        if not rival:
            return pair
        self._round.put_back(pair[1])
        return [pair[0], *rival]

    def pairs(self, count: int) -> list[list[int]]:
        """Return single pairs, each five shuffled: a fixed order would reveal their kinds."""
        reserved = min(self._round.n_first, count)
        drawn = [self.pair(number) for number in range(count)]
        order = list(range(reserved))
        for begin in range(reserved, count, MIXED):
            size = min(MIXED, count - begin)
            order += (begin + self._round.rng.permutation(size)).tolist()
        return [drawn[at] for at in order if drawn[at]]

    def pair(self, number: int) -> list[int]:
        """Return the next single pair: of ten, five mutual best, two rivals, three spread."""
        kinds = [self.alike, self.spread, self.even, self.rival_pair, self.spread]
        kinds += [self.sure, self.rare, self.aligned, self.spread, self.rival_pair]
        return self.first() or kinds[number % len(kinds)]()

    def first(self) -> list[int]:
        """Return the rows of the next reserved pair, and mark them as shown."""
        pair = self._round.next_first()
        self._round.show(pair)
        return pair

    def mixed(self, rows: int, number: int) -> list[int]:
        """Return a set of several pairs; after the first two sets, every other pair has a rival."""
        chosen: list[int] = self.first()
        kinds = [self.alike, self.rare, self.sure, self.aligned, self.spread]
        has_rivals = number >= 2
        if has_rivals:
            best = self.aligned if number % 2 else self.sure
            kinds = [best, self.spread, self.even, self.lasting]
        for step in range(rows):
            if rows - len(chosen) < 2:
                break
            pair = kinds[step % len(kinds)]()
            chosen += pair
            if has_rivals and pair and step % 2 == 0 and len(chosen) < rows:
                chosen += self.rival(pair[0])
        if 0 < len(chosen) < min(rows, 4):
            chosen += self._round.any_rows(min(rows, 4) - len(chosen))
        return chosen

    def _nearest(self, order: NDArray[np.int64], place: int) -> list[int]:
        """Return the rows of the free pair nearest a rank, and mark them as shown."""
        for step in range(len(order)):
            for near in (place + step, place - step):
                if 0 <= near < len(order) and self._round.is_free(int(order[near])):
                    pairs = self._round.pairs
                    rows = [int(pairs.left[order[near]]), int(pairs.right[order[near]])]
                    self._round.show(rows)
                    return rows
        return []


def _descending(size: int, count: int) -> list[int]:
    """Return ranks from the first to the last in growing steps: 0, 1, 2, 5, 8, then by a factor.

    Neighbouring ranks are often of one kind (the tracks of one album), so the steps grow at once.
    """
    if not size:
        return []
    return [
        min(size - 1, max(int(i**1.5), int(size ** (i / (count - 1))) - 1)) for i in range(count)
    ]


def _even(size: int, count: int, rng: np.random.Generator) -> list[int]:
    """Return one random rank of each of ``count`` equal parts, in an order that halves gaps."""
    return [
        int((part + draw) / count * size)
        for part, draw in zip(
            np.argsort(np.argsort(_halving(count))).tolist(), rng.random(count), strict=True
        )
    ]


def _halving(count: int) -> list[float]:
    """Return numbers in [0, 1): 0, 1/2, 1/4, 3/4, 1/8, ... (van der Corput's sequence)."""
    return [
        sum(1 / 2 ** (bit + 1) for bit in range(number.bit_length()) if number >> bit & 1)
        for number in range(count)
    ]
