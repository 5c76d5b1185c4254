"""Readings of a table: models of its matches without labels, and the evidence against each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

import numba
import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import groups_of_pairs
from matchloop.matching.scoring.chance import ALIKE, Agreement, Chance, agreement, own_share
from matchloop.matching.scoring.columns import Bins, column_features, part_of, quantity_columns
from matchloop.matching.scoring.evidence import Evidence
from matchloop.matching.scoring.mixture import Elsewhere, Mixture, fit_mixture
from matchloop.matching.scoring.relatives import split_relatives
from matchloop.matching.scoring.structure import consistency
from matchloop.matching.scoring.surprise import Ranks, expected_by_chance

__all__ = ["TELLS", "Judge", "Reading", "readings"]

DEDUPLICATION = (None, (1.0, False), (0.7, False), (0.5, False), (1.0, True), (0.7, True))
"""Mixtures to try on one table: the weight of a column, and whether non-matches may be related.

None estimates non-matches from the candidates alone. Each is tried with and without the whole
record as a column. :attr:`Reading.support` decides among them.
"""

RARE = (1.0, 0.7)  # weights of a column where matches are expected to be rare and to agree
RELATED = (1.0, 0.7, 0.5)  # and where there are relatives

# The next six were chosen on generated households and product variants, lspc_computers and
# restaurant_864.
WITHIN = 0.8  # share of the finer reading's matches that the coarser one keeps at least
MORE = 0.3  # least matches that it adds, per match of the finer one
OWN = 3.4  # nats from which a column is distinctive; the cuisine of restaurants has 2.7
FILLED = 0.3  # share of the pairs that must have both values
ALIKE_IN = 0.3  # share of the finer reading's matches that may be unlike in the column
UNLIKE_IN = 0.7  # least share of the added matches that are

TELLS = 2.5  # nats of information from which a column is worth naming (a convention)
CONTAINED = 0.9  # share of the matches of a reading that one has which holds it; see UNLIKE_THEN

SOME = 0.05
"""Least share of the matches that agree in a column, from which it counts against the others: time
stamps and other values that are new in each record never agree."""

REPEATED = 0.5
"""Part of a column's evidence up to which other columns repeat it: a suburb beside its postcode.
Chosen on generated households of 20,000 and 300,000 records."""

WORTH_IT = 0.5  # consistency below which a reading has too little support anyway (a convention)

DOMINANT = (0.05, 0.6)
"""Shares of the records between which the largest group of a reading is left out of the random
pairs: the pairs inside it are no sample of non-matches. Beyond, it is a chain and no group.
Chosen on generated payments to one huge payee (a third to half of the records) and on
neg_us_counties (nine tenths in one chain)."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A model of the matches of a table, and the evidence for and against it.

    Parameters
    ----------
    mixture
        Match probability of each candidate.
    consistency
        Consistency of its matches, in [0, 1]; see :func:`consistency`.
    agreement
        Agreement of its matches in each column, against random pairs outside its largest group.
    beside_all
        The same against all random pairs.
    largest
        Share of the records in its largest group.
    by_chance
        Share of its matches that chance explains, in [0, 1].
    unlike
        Largest share of its matches that are unlike in a distinctive column in which others
        agree; a column in which none agree, such as a time stamp, does not count.
    agreed
        Largest share of its matches that agree in a distinctive column; 1 in a table of one
        column.
    excess
        How many times as many matches there are as random pairs that agree in as much, in nats;
        infinite where no random pairs were drawn.
    contrast
        Whether the contrast of texts is evidence in it.
    contrasting
        Share of its matches whose texts contrast, in the text in which the fewest do.
    single
        Whether the table has a single column, so that no other one can confirm it.
    """

    mixture: Mixture
    consistency: float
    agreement: Agreement
    beside_all: Agreement
    largest: float
    by_chance: float
    unlike: float = 0.0
    agreed: float = 1.0
    excess: float = np.inf
    contrast: bool = False
    contrasting: float = 0.0
    single: bool = False

    @property
    def taken(self) -> NDArray[np.bool_]:
        """The candidates that it takes as matches, shape (pairs,), bool."""
        return self.mixture.probability > 0.5

    def holds(self, other: Reading) -> bool:
        """Return whether most matches of another reading are matches of this one."""
        both = int((self.taken & other.taken).sum())
        return both >= CONTAINED * int(other.taken.sum())

    @property
    def support(self) -> float:
        """Support of the reading, in [0, 1]."""
        return self.consistency * (1 - self.agreement.unsupported)


@dataclass(frozen=True, eq=False)
class Judge:
    """Evaluates readings of one table.

    Parameters
    ----------
    evidence
        The candidates and random pairs of the table.
    seen, drawn
        Similarity by column of the candidates and of the random pairs, shape (pairs, columns).
    quantity, codes, contrast
        Which columns hold quantities, the numbers of a text, and the contrast of two texts, shape
        (columns,).
    """

    evidence: Evidence
    seen: NDArray[np.float32]
    drawn: NDArray[np.float32]
    quantity: NDArray[np.bool_]
    codes: NDArray[np.bool_]
    contrast: NDArray[np.bool_]

    @classmethod
    def of(cls, evidence: Evidence) -> Judge:
        """Return the judge of a table."""
        names = evidence.comparisons.names
        columns = column_features(names, codes=True, contrast=True)
        parts = [part_of(column)[1] for column in columns]
        codes = np.array([part == "codes" for part in parts], np.bool_)
        contrast = np.array([part == "contrast" for part in parts], np.bool_)
        seen, drawn = evidence.similarity(whole=False, codes=True, contrast=True)
        quantity = quantity_columns(names, columns)
        return cls(evidence, seen, drawn, quantity, codes, contrast)

    @property
    def is_single(self) -> bool:
        """Whether the table has a single column besides what is read out of it."""
        return int(self.plain.sum()) == 1

    @property
    def plain(self) -> NDArray[np.bool_]:
        """Which columns hold whole values, shape (columns,)."""
        return ~self.codes & ~self.contrast

    @cached_property
    def chance(self) -> Chance:
        """The similarity of random pairs."""
        return Chance.of(self.drawn, self.quantity, self.codes)

    @cached_property
    def own_share(self) -> NDArray[np.float64]:
        """Part of the evidence of each column that no commoner one repeats, shape (columns,)."""
        return own_share(self.drawn, self.chance.information)

    def reading(self, mixture: Mixture, *, contrast: bool = False) -> Reading:
        """Evaluate a fitted mixture, in which texts may contrast, as a reading."""
        pairs, records = self.evidence.comparisons.pairs, self.evidence.n_records
        taken = mixture.probability > 0.5
        group = groups_of_pairs((pairs.left[taken], pairs.right[taken]), records)
        size = np.bincount(group)
        largest = float(size.max(initial=0)) / max(records, 1)
        beside = beside_all = agreement(self.seen, self.chance, taken)
        surprises = self.surprises
        agreed = consistency(pairs, mixture.probability, records, linkage=False)
        if agreed >= WORTH_IT and DOMINANT[0] <= largest <= DOMINANT[1]:
            outside = self._outside(group == int(size.argmax()))
            chance = Chance.of(self.drawn[outside], self.quantity, self.codes)
            beside = agreement(self.seen, chance, taken)
            own_ranks, drawn_ranks = self.ranks
            surprises = own_ranks.surprise(outside), drawn_ranks.surprise(outside)[outside]
        own_surprise, drawn_surprise = surprises
        return Reading(
            mixture,
            agreed,
            beside,
            beside_all,
            largest,
            expected_by_chance(own_surprise, taken, drawn_surprise, self.evidence.total),
            *self._distinctive_agreement(beside),
            excess=self._excess(beside, int(taken.sum())),
            contrast=contrast,
            single=self.is_single,
            contrasting=self._contrasting(beside),
        )

    def _excess(self, by_column: Agreement, matches: int) -> float:
        if len(self.drawn) == 0:  # nothing says what chance makes
            return float(np.inf)
        return by_column.realized - float(np.log(self.evidence.total / max(matches, 1)))

    def _contrasting(self, by_column: Agreement) -> float:
        """Return the share of matches that contrast in the text in which the fewest do."""
        text = self._least_contrasting(by_column)
        if text is None:
            return 0.0
        return float(by_column.present[text] * (1 - by_column.alike[text]))

    def _least_contrasting(self, by_column: Agreement) -> int | None:
        """Return the distinctive text in which the fewest matches contrast; None without one."""
        distinctive = self.contrast & (by_column.information >= OWN) & (by_column.present >= FILLED)
        texts = np.flatnonzero(distinctive)
        return int(texts[by_column.alike[texts].argmax()]) if len(texts) else None

    def _distinctive_agreement(self, by_column: Agreement) -> tuple[float, float]:
        """Return the largest shares of matches unlike, and equal, in a distinctive column."""
        distinctive = (by_column.information >= OWN) & (by_column.present >= FILLED)
        own = distinctive & ~self.quantity & (by_column.alike >= SOME)
        unlike = float(by_column.weak[own].max(initial=0.0))
        if self.is_single or not distinctive.any():
            return unlike, 1.0
        return unlike, float(by_column.alike[distinctive].max())

    @cached_property
    def surprises(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How rarely random pairs are as alike as each candidate, and as each random pair."""
        own, drawn = self.ranks
        return own.surprise(), drawn.surprise()

    @cached_property
    def ranks(self) -> tuple[Ranks, Ranks]:
        """The ranks of the candidates, and of the random pairs, among the random pairs."""
        return Ranks.of(self.seen, self.drawn), Ranks.of(self.drawn, self.drawn)

    def splits(self, coarse: Reading, fine: Reading) -> bool:
        """Return whether a finer reading splits matches from relatives that a coarser one joins.

        The pairs that the coarser reading adds must then be unlike in a distinctive column in
        which the finer one agrees. A pair of one household agrees in all that the household
        shares, which a score over all columns counts as evidence. It does not agree in the first
        name.
        """
        within, more = fine.taken, coarse.taken & ~fine.taken
        if (within & coarse.taken).sum() < WITHIN * within.sum():
            return False
        if more.sum() < MORE * within.sum():
            return False
        agreed, added = fine.beside_all, agreement(self.seen, self.chance, more)
        distinctive = (self.chance.information >= OWN) & ~self.quantity
        filled = np.minimum(agreed.present, added.present) >= FILLED
        return bool(
            (distinctive & filled & (agreed.weak <= ALIKE_IN) & (added.weak >= UNLIKE_IN)).any()
        )

    def used(self, *, contrast: bool) -> NDArray[np.bool_]:
        """Return the columns of a reading with the contrast of texts or without, bool."""
        return ~self.contrast | contrast

    def finer(
        self,
        coarse: Reading,
        bins: Bins,
        elsewhere: Elsewhere,
        own_share: NDArray[np.float64] | float = 1.0,
    ) -> Iterator[Reading]:
        """Fit readings that separate matches from relatives, such as the people of a household."""
        separated = split_relatives(
            coarse.mixture, *self._similarity(contrast=coarse.contrast), bins, elsewhere
        )
        if not separated:
            return
        for mixture in separated:
            yield self.reading(mixture, contrast=coarse.contrast)
        close = separated[0].probability
        either = np.maximum(coarse.mixture.probability, close)
        for mixture in _fits(close, either, bins, elsewhere, own_share):
            yield self.reading(mixture, contrast=coarse.contrast)

    def _similarity(self, *, contrast: bool) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the similarity in the columns of a reading, of candidates and of random pairs."""
        used = self.used(contrast=contrast)
        if used.all():  # no copy: readings are fitted on several threads
            return self.seen, self.drawn
        return np.ascontiguousarray(self.seen[:, used]), np.ascontiguousarray(self.drawn[:, used])

    def apart(self, coarse: Reading, bins: Bins, elsewhere: Elsewhere) -> Iterator[Reading]:
        """Fit readings that separate matches from those whose texts contrast: variants."""
        text = self._least_contrasting(coarse.agreement)
        if text is None:
            return
        contrasts = np.nan_to_num(self.seen[:, text], nan=1.0) < ALIKE
        if not (contrasts & coarse.taken).any():
            return
        either = coarse.mixture.probability
        for mixture in _fits(np.where(contrasts, 0.02, 1.0) * either, either, bins, elsewhere):
            yield self.reading(mixture, contrast=True)

    def _outside(self, member: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which random pairs are not inside a group."""
        pairs = self.evidence.background.pairs
        return np.asarray(~(member[pairs.left] & member[pairs.right]))


def _fits(
    close: NDArray[np.float64],
    either: NDArray[np.float64],
    bins: Bins,
    elsewhere: Elsewhere,
    own_share: NDArray[np.float64] | float = 1.0,
) -> Iterator[Mixture]:
    """Fit matches and relatives, from the probabilities of a match and of either."""
    shares = np.column_stack((close, either - close, 1 - either))
    for evidence in RELATED:
        yield fit_mixture(bins, shares, elsewhere=elsewhere, evidence=evidence * own_share)


def readings(judge: Judge) -> list[Reading]:
    """Fit every reading of a table that may hold duplicates, on several threads.

    In a table with texts, each is fitted without and with the contrast of the texts.
    """
    # computed before the threads, which all need them
    _ = judge.chance, judge.surprises, judge.own_share
    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        tried = _readings(judge, pool, contrast=False)
        if judge.contrast.any():
            parts = judge.evidence.bins(whole=False, codes=True, contrast=True)
            coarse = _joining(tried)
            tried += _readings(judge, pool, contrast=True)
            tried += [finer for reading in coarse for finer in judge.apart(reading, *parts)]
    return tried


def _readings(judge: Judge, pool: ThreadPoolExecutor, *, contrast: bool) -> list[Reading]:
    evidence = judge.evidence
    parts = [evidence.bins(whole=whole, codes=True, contrast=contrast) for whole in (False, True)]
    fitted = _fitted(judge, pool, parts, contrast=contrast)
    finer = list(pool.map(lambda coarse: list(judge.finer(coarse, *parts[0])), _joining(fitted)))
    own = judge.own_share[judge.used(contrast=contrast)]
    if not contrast and own.min(initial=1.0) < REPEATED:
        # these only show where to look for relatives: they are no readings themselves
        joining = _joining(_fitted(judge, pool, parts[:1], own, contrast=contrast))
        finer += pool.map(lambda coarse: list(judge.finer(coarse, *parts[0], own)), joining)
    return [*fitted, *(reading for part in finer for reading in part)]


def _fitted(
    judge: Judge,
    pool: ThreadPoolExecutor,
    parts: list[tuple[Bins, Elsewhere]],
    own_share: NDArray[np.float64] | float = 1.0,
    *,
    contrast: bool,
) -> list[Reading]:
    """Fit every mixture to each set of columns."""
    fits: list[Callable[[], Mixture]] = []
    for bins, elsewhere in parts:
        for choice in DEDUPLICATION:
            weight, related = choice or (1.0, False)
            fits.append(
                partial(
                    fit_mixture,
                    bins,
                    judge.evidence.start,
                    elsewhere=elsewhere if choice else None,
                    evidence=weight * own_share,
                    related=related,
                )
            )
        fits += [
            partial(fit_mixture, bins, None, elsewhere=elsewhere, evidence=weight * own_share)
            for weight in RARE
        ]
    return list(pool.map(lambda fit: judge.reading(fit(), contrast=contrast), fits))


def _joining(fitted: list[Reading]) -> list[Reading]:
    """Return the readings that may join relatives."""
    joining = [
        max(fitted, key=lambda reading: reading.consistency),  # may join whole suburbs
        max(fitted, key=lambda reading: reading.support),  # or just the people of a household
    ]
    return joining[:1] if joining[0] is joining[1] else joining
