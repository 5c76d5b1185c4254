"""Linkage without labels: the possible sets of matches between sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring.chance import ALIKE, Chance, agreement
from matchloop.matching.scoring.evidence import Evidence
from matchloop.matching.scoring.latent_classes import relatives_among
from matchloop.matching.scoring.mixture import Mixture, fit_mixture
from matchloop.matching.scoring.options import Option, no_match
from matchloop.matching.scoring.rivals import fit_against_runners_up
from matchloop.matching.scoring.structure import (
    Shape,
    Structure,
    competed,
    consistency,
    detect_structure,
)

__all__ = ["Linkage", "link_options", "one_to_many"]

# Constants that name no table are conventions. BY_CHANCE is that of duplicates.py.
FEWEST_COLUMNS = 3  # columns from which agreement alone separates matches from non-matches
TRUSTED = 0.6  # consistency from which a linkage needs no help from rivals

PLAIN = (None, (1.0, False), (0.7, False))
WHOLE = (None, (0.5, False))
"""Mixtures to try, without and with the whole record as a column: the weight of a column, and
whether non-matches may be related. None estimates non-matches from the candidates alone. In linkage
matches are never compared to each other, so that little refutes a wrong reading: few are tried."""

RARE = (1.0, 0.7)
"""Weights of a column in mixtures that expect matches to agree and to be rare."""

LAST = (1.0, True)
"""The mixture to try last, with the whole record, before matching nothing. Among the others it
ruins tables that they read well. Chosen on products of two shops (F1 0 to .78) and abt_buy."""

BY_CHANCE = 0.28  # share of the columns' information that may be against the matches
DOUBTED = 0.15  # the same for matches that the mixture expected to agree
ENOUGH = 1.6  # log odds gained by agreement, per log of all pairs, that outweigh more than that
FEWEST_ALIKE = 3  # candidates that agree in a column, from which it has information

REFUTED = 0.42
"""Share of the columns' information from which best pairs are refuted that agreement does not
take. Chosen on linkages of fodors_zagats and febrl4 cut to two columns: namesakes have .51 or more,
and pairs of which half and more are matches at most .34. Those of dblp_acm, abt_buy, imdb_tvdb and
restaurants_oaei, which only report, have at most .07."""

KEPT = 0.85  # share of the one-to-one matches that a one-to-many linkage keeps at least
LARGER = 1.3  # how many times as many matches it has at least
MATCHED = 0.75  # share of its records with several matches that had one before
"""Chosen on dblp_scholar, and on deduplication tables split so that one record of each entity is in
one part and the others in the other."""

RELATIVE = 4.0  # log odds against a match of a pair of relatives

FOUND_BY_AGREEMENT = "records were matched by how many columns agree"
FOUND_BY_RIVALS = "best pairs were told from second-best ones"


@dataclass(frozen=True, slots=True, eq=False)
class Linkage:
    """The candidates between sources, with random pairs for comparison.

    Parameters
    ----------
    evidence
        The candidates and random pairs.
    sources
        Source of each record, shape (records,).
    similarity
        Similarity of the candidates by column, shape (pairs, columns).
    chance
        The same columns among random pairs.
    sampled
        Whether the candidates are a sample.
    """

    evidence: Evidence
    sources: NDArray[np.int32]
    similarity: NDArray[np.float32]
    chance: Chance
    sampled: bool

    @classmethod
    def of(cls, evidence: Evidence, sources: NDArray[np.int32], *, sampled: bool) -> Linkage:
        """Compute the similarity of the pairs in each column."""
        similarity, drawn = evidence.similarity(whole=False, codes=False)
        return cls(evidence, sources, similarity, Chance.of(drawn), sampled)

    @property
    def pairs(self) -> CandidatePairs:
        """The candidates."""
        return self.evidence.comparisons.pairs

    @property
    def is_judged(self) -> bool:
        """Whether random pairs suffice to tell agreement from chance in any column."""
        return bool(np.isfinite(self.chance.middle).any())

    @property
    def is_refutable(self) -> bool:
        """Whether a second column can speak against pairs that agree in the first one."""
        return self.similarity.shape[1] > 1 and self.is_judged

    def option(self, log_odds: NDArray[np.float64], support: float) -> Option:
        """Let the pairs of a mixture compete as the structure of its matches requires.

        Relatives among the matches do not compete: a record may have its match besides them.
        """
        option = self._competed(log_odds, support)
        taken = option.probability > 0.5
        relatives = relatives_among(self.similarity, taken, self.chance, self.evidence.aligned())
        if not relatives.any():
            return option
        return self._competed(np.where(relatives, -RELATIVE, log_odds), support)

    def _competed(self, log_odds: NDArray[np.float64], support: float) -> Option:
        records = self.evidence.n_records
        structure = detect_structure(
            self.pairs,
            1 / (1 + np.exp(-np.clip(log_odds, -40, 40))),
            records,
            self.sources,
            sampled=self.sampled,
        )
        probability = competed(self.pairs, log_odds, records, structure, self.sources)
        return Option(probability, structure, FOUND_BY_AGREEMENT, support)

    def by_chance(self, taken: NDArray[np.bool_]) -> float:
        """Return the share of the columns' information that is against some pairs.

        All of it where no column has information.
        """
        return self._judged(taken)[0]

    def is_credible(self, taken: NDArray[np.bool_]) -> bool:
        """Return whether some pairs agree by more than chance."""
        by_chance, gained = self._judged(taken)
        return by_chance <= BY_CHANCE or gained >= ENOUGH * np.log(max(self.evidence.total, 2.0))

    def _judged(self, taken: NDArray[np.bool_]) -> tuple[float, float]:
        by_column = agreement(self.similarity, self.chance, taken)
        ever = (np.nan_to_num(self.similarity, nan=-1.0) >= ALIKE).sum(axis=0) >= FEWEST_ALIKE
        weight = np.where(ever, by_column.present * by_column.information, 0.0)
        against, total = float((by_column.random * weight).sum()), float(weight.sum())
        return against / total if total > 0 else float(taken.any()), total - against


def link_options(
    evidence: Evidence, sources: NDArray[np.int32], *, sampled: bool, seed: int
) -> list[Option]:
    """List the possible sets of matches between sources; the last one is empty.

    Parameters
    ----------
    evidence
        The candidates and random pairs.
    sources
        Source of each record, shape (records,).
    sampled
        Whether the candidates are a sample.
    seed
        The same seed gives the same options.
    """
    linkage = Linkage.of(evidence, sources, sampled=sampled)
    tried = _tried(evidence)
    options: list[Option] = []
    best = _best(linkage, tried)
    trusted = best[0] if best is not None and best[1] >= TRUSTED else None
    if trusted is not None and linkage.similarity.shape[1] >= FEWEST_COLUMNS:
        options.append(linkage.option(trusted.log_odds, 0.8))
    else:
        options += _by_rivals(linkage, seed)
        if trusted is not None and (not options or _is_refuted(linkage, options[0], trusted)):
            options = [linkage.option(trusted.log_odds, 0.8)]
        if not options:
            bins, elsewhere = evidence.bins(whole=True, codes=False)
            weight, related = LAST
            last = fit_mixture(
                bins, evidence.start, elsewhere=elsewhere, evidence=weight, related=related
            )
            if (last.probability > 0.5).any():
                options.append(linkage.option(last.log_odds, 0.5))
    if options:
        larger = one_to_many(linkage, options[0], [mixture for mixture, _ in tried])
        if larger is not None:
            options.insert(0, larger)
    return [*options, no_match(len(linkage.similarity), linkage=True)]


def _tried(evidence: Evidence) -> list[tuple[Mixture, float]]:
    """Fit the mixtures, each with its consistency."""
    mixtures = []
    for whole, choices in ((False, PLAIN), (True, WHOLE)):
        bins, elsewhere = evidence.bins(whole=whole, codes=False)
        for choice in choices if len(evidence.background) else (None,):
            weight, related = choice or (1.0, False)
            mixture = fit_mixture(
                bins,
                evidence.start,
                elsewhere=elsewhere if choice else None,
                evidence=weight,
                related=related,
            )
            mixtures.append((mixture, _consistency(evidence, mixture)))
    return mixtures


def _best(linkage: Linkage, tried: list[tuple[Mixture, float]]) -> tuple[Mixture, float] | None:
    """Return the most consistent of the credible mixtures, with its consistency.

    Where matches are few, or none, mixtures converge to pairs that are merely alike. Mixtures that
    expect matches to agree and to be rare are tried then; if these find none, there are none.
    """
    evidence = linkage.evidence
    if not linkage.is_judged:
        return max(tried, key=lambda fit: fit[1])
    credible = [fit for fit in tried if linkage.is_credible(fit[0].probability > 0.5)]
    if not any(consistent > 0 for _, consistent in credible):
        for whole in (False, True):
            bins, elsewhere = evidence.bins(whole=whole, codes=False)
            for weight in RARE:
                mixture = fit_mixture(bins, None, elsewhere=elsewhere, evidence=weight)
                if linkage.by_chance(mixture.probability > 0.5) <= DOUBTED:
                    credible.append((mixture, _consistency(evidence, mixture)))
    return max(credible, key=lambda fit: fit[1], default=None)


def _consistency(evidence: Evidence, mixture: Mixture) -> float:
    pairs = evidence.comparisons.pairs
    return consistency(pairs, mixture.probability, evidence.n_records, linkage=True)


def _by_rivals(linkage: Linkage, seed: int) -> list[Option]:
    """Separate best pairs from second-best ones; return nothing where these agree by chance."""
    evidence = linkage.evidence
    comparisons, records = evidence.comparisons, evidence.n_records
    kept = [n for n, name in enumerate(comparisons.names) if not name.startswith("rivals:")]
    runners = fit_against_runners_up(
        comparisons.features[:, kept], comparisons.pairs, evidence.likeness, records, seed=seed
    )
    if linkage.is_refutable and not linkage.is_credible(runners.probability > 0.5):
        return []
    detected = detect_structure(
        comparisons.pairs, runners.probability, records, linkage.sources, sampled=linkage.sampled
    )
    structure = Structure(Shape.ONE_TO_ONE, True, detected.matched, 0.0)
    return [Option(runners.probability, structure, FOUND_BY_RIVALS, 0.7)]


def _is_refuted(linkage: Linkage, option: Option, trusted: Mixture) -> bool:
    """Return whether a second column speaks against the best pairs that agreement does not take.

    Of two columns, a name and a date of birth, namesakes agree in one: they are the best pair of
    each other, and only the other column shows that they are two people.
    """
    more = (option.probability > 0.5) & ~(trusted.probability > 0.5)
    return linkage.is_refutable and bool(more.any()) and linkage.by_chance(more) > REFUTED


def one_to_many(linkage: Linkage, one_to_one: Option, tried: Sequence[Mixture]) -> Option | None:
    """Return a one-to-many linkage that extends a one-to-one linkage, if there is one.

    Consistency favours one match per record, so that a one-to-one reading of a one-to-many linkage
    always beats the true one. The pairs that the larger linkage adds must therefore agree as the
    one-to-one matches do, rather than as the likeliest of the pairs that it leaves out.

    Parameters
    ----------
    linkage
        The candidates.
    one_to_one
        The one-to-one linkage.
    tried
        Mixtures whose matches may be one to many; the one with least evidence against it is chosen.
    """
    taken = one_to_one.probability > 0.5
    if one_to_one.structure.shape is not Shape.ONE_TO_ONE or not taken.any():
        return None
    larger = []
    for mixture in tried:
        option = linkage.option(mixture.log_odds, one_to_one.support)
        more = option.probability > 0.5
        if option.structure.shape is not Shape.ONE_TO_MANY or not _holds(
            linkage, option, taken, more
        ):
            continue
        extra = more & ~taken
        rest = _likeliest(np.where(more, -np.inf, mixture.log_odds), int(extra.sum()))
        met, left = linkage.by_chance(taken), linkage.by_chance(rest)
        if abs(linkage.by_chance(extra) - met) < abs(linkage.by_chance(extra) - left):
            larger.append((linkage.by_chance(more), option))
    return min(larger, key=lambda choice: choice[0], default=(0.0, None))[1]


def _holds(
    linkage: Linkage, option: Option, taken: NDArray[np.bool_], more: NDArray[np.bool_]
) -> bool:
    """Return whether an option keeps the matches, and adds more to records that had one."""
    if (taken & more).sum() < KEPT * taken.sum() or more.sum() < LARGER * taken.sum():
        return False
    pairs = linkage.pairs
    matched = np.zeros((2, linkage.evidence.n_records), np.bool_)
    for row, some in enumerate((taken, more)):
        matched[row, pairs.left[some]] = matched[row, pairs.right[some]] = True
    several = linkage.sources != option.structure.single_source
    return bool(matched[0, several & matched[1]].mean() >= MATCHED)


def _likeliest(log_odds: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Return which pairs are the likeliest ones, shape (pairs,)."""
    chosen = np.zeros(len(log_odds), np.bool_)
    if 0 < count <= len(log_odds):
        chosen[np.argpartition(-log_odds, count - 1)[:count]] = True
    return chosen & np.isfinite(log_odds)
