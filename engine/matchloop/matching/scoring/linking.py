"""Linkage without labels: what the matches between sources may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring.chance import ALIKE, Chance, agreement
from matchloop.matching.scoring.evidence import Evidence
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

FEWEST_COLUMNS = 3  # columns from which matches and non-matches can be told by agreement alone
TRUSTED = 0.6  # consistency from which a linkage needs no help from rivals

PLAIN = (None, (1.0, False), (0.7, False))
WHOLE = (None, (0.5, False))
"""Mixtures tried without and with the whole record as a column: the weight of a column, and whether
non-matches may be related; None takes the candidates alone to speak for the non-matches. In linkage
matches are never seen to match each other, so that little speaks against a wrong reading: few are
tried."""

RARE = (1.0, 0.7)
"""Weights of a column in mixtures that expect matches to agree and to be rare."""

LAST = (1.0, True)
"""The mixture tried, with the whole record, before nothing is matched. As a rival of the others it
ruins tables that they read well; tried on products of two shops (F1 0 to .78) and abt_buy."""

BY_CHANCE = 0.28  # share of what the columns could tell that may speak against the matches
DOUBTED = 0.15  # the same for matches that were expected to agree
ENOUGH = 1.6  # log odds gained by agreement, per log of all pairs, that make up for more
FEWEST_ALIKE = 3  # candidates that agree in a column, from which it tells anything

KEPT = 0.85  # share of the matches found that a one-to-many linkage holds as well
LARGER = 1.3  # and how many times as many it holds
MATCHED = 0.75  # share of its records with several matches that had one before
"""Chosen on dblp_scholar, and on deduplication tables cut in two so that one record of each entity
stands in one part and the others in the other."""

FOUND_BY_AGREEMENT = "records were matched by how many columns agree"
FOUND_BY_RIVALS = "best pairs were told from second-best ones"


@dataclass(frozen=True, slots=True, eq=False)
class Linkage:
    """The candidates between sources, and random pairs to judge them by.

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
        """Measure how alike the pairs are in each column."""
        similarity, drawn = evidence.similarity(whole=False, codes=False)
        return cls(evidence, sources, similarity, Chance.of(drawn), sampled)

    @property
    def pairs(self) -> CandidatePairs:
        """The candidates."""
        return self.evidence.comparisons.pairs

    @property
    def is_judged(self) -> bool:
        """Whether there are random pairs enough to tell agreement from chance in any column."""
        return bool(np.isfinite(self.chance.middle).any())

    def option(self, log_odds: NDArray[np.float64], support: float) -> Option:
        """Let the pairs of a mixture compete as the structure of its matches demands."""
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
        """Return the share of what the columns could tell that speaks against some pairs.

        All of it where no column tells anything.
        """
        return self._judged(taken)[0]

    def is_credible(self, taken: NDArray[np.bool_]) -> bool:
        """Whether some pairs agree by more than chance."""
        by_chance, gained = self._judged(taken)
        return by_chance <= BY_CHANCE or gained >= ENOUGH * np.log(max(self.evidence.total, 2.0))

    def _judged(self, taken: NDArray[np.bool_]) -> tuple[float, float]:
        found = agreement(self.similarity, self.chance, taken)
        ever = (np.nan_to_num(self.similarity, nan=-1.0) >= ALIKE).sum(axis=0) >= FEWEST_ALIKE
        weight = np.where(ever, found.present * found.told, 0.0)
        against, total = float((found.random * weight).sum()), float(weight.sum())
        return against / total if total > 0 else float(taken.any()), total - against


def link_options(
    evidence: Evidence, sources: NDArray[np.int32], *, sampled: bool, seed: int
) -> list[Option]:
    """Return what the matches between sources may be, nothing among it.

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
    seen = Linkage.of(evidence, sources, sampled=sampled)
    tried = _tried(evidence)
    options: list[Option] = []
    best = _best(seen, tried)
    if best is not None and best[1] >= TRUSTED and seen.similarity.shape[1] >= FEWEST_COLUMNS:
        options.append(seen.option(best[0].log_odds, 0.8))
    else:
        options += _by_rivals(seen, seed)
        if not options:
            bins, elsewhere = evidence.bins(whole=True, codes=False)
            weight, related = LAST
            last = fit_mixture(
                bins, evidence.start, elsewhere=elsewhere, evidence=weight, related=related
            )
            if (last.probability > 0.5).any():
                options.append(seen.option(last.log_odds, 0.5))
    if options:
        larger = one_to_many(seen, options[0], [mixture for mixture, _ in tried])
        if larger is not None:
            options.insert(0, larger)
    return [*options, no_match(len(seen.similarity), linkage=True)]


def _tried(evidence: Evidence) -> list[tuple[Mixture, float]]:
    """Fit the mixtures, each with its consistency."""
    found = []
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
            found.append((mixture, _sureness(evidence, mixture)))
    return found


def _best(seen: Linkage, tried: list[tuple[Mixture, float]]) -> tuple[Mixture, float] | None:
    """Return the credible mixture that contradicts itself least.

    Where matches are few, or none, mixtures settle on the merely alike. Mixtures that expect
    matches to agree and to be rare are tried then; if these find nothing, there is nothing.
    """
    evidence = seen.evidence
    if not seen.is_judged:
        return max(tried, key=lambda found: found[1])
    credible = [found for found in tried if seen.is_credible(found[0].probability > 0.5)]
    if not any(sureness > 0 for _, sureness in credible):
        for whole in (False, True):
            bins, elsewhere = evidence.bins(whole=whole, codes=False)
            for weight in RARE:
                mixture = fit_mixture(bins, None, elsewhere=elsewhere, evidence=weight)
                if seen.by_chance(mixture.probability > 0.5) <= DOUBTED:
                    credible.append((mixture, _sureness(evidence, mixture)))
    return max(credible, key=lambda found: found[1], default=None)


def _sureness(evidence: Evidence, mixture: Mixture) -> float:
    pairs = evidence.comparisons.pairs
    return consistency(pairs, mixture.probability, evidence.n_records, linkage=True)


def _by_rivals(seen: Linkage, seed: int) -> list[Option]:
    """Tell best pairs from second-best ones; nothing where these agree by chance."""
    evidence = seen.evidence
    comparisons, records = evidence.comparisons, evidence.n_records
    kept = [n for n, name in enumerate(comparisons.names) if not name.startswith("rivals:")]
    runners = fit_against_runners_up(
        comparisons.features[:, kept], comparisons.pairs, evidence.likeness, records, seed=seed
    )
    judged = seen.is_judged and seen.similarity.shape[1] >= FEWEST_COLUMNS
    if judged and not seen.is_credible(runners.probability > 0.5):
        return []
    found = detect_structure(
        comparisons.pairs, runners.probability, records, seen.sources, sampled=seen.sampled
    )
    structure = Structure(Shape.ONE_TO_ONE, True, found.matched, 0.0)
    return [Option(runners.probability, structure, FOUND_BY_RIVALS, 0.7)]


def one_to_many(seen: Linkage, found: Option, tried: Sequence[Mixture]) -> Option | None:
    """Return a one-to-many linkage that holds what was found and more of the same, if any.

    One match per record is what consistency asks of a linkage, so that a one-to-one reading of a
    one-to-many linkage always wins against the truth. The pairs that a larger linkage adds must
    agree as the matches found do, rather than as the likeliest of the pairs that it leaves out.

    Parameters
    ----------
    seen
        The candidates.
    found
        The matches found.
    tried
        Mixtures whose matches may be one to many; the one that least speaks against is chosen.
    """
    taken = found.probability > 0.5
    if found.structure.shape is not Shape.ONE_TO_ONE or not taken.any():
        return None
    larger = []
    for mixture in tried:
        option = seen.option(mixture.log_odds, found.support)
        more = option.probability > 0.5
        if option.structure.shape is not Shape.ONE_TO_MANY or not _holds(seen, option, taken, more):
            continue
        extra = more & ~taken
        rest = _likeliest(np.where(more, -np.inf, mixture.log_odds), int(extra.sum()))
        met, left = seen.by_chance(taken), seen.by_chance(rest)
        if abs(seen.by_chance(extra) - met) < abs(seen.by_chance(extra) - left):
            larger.append((seen.by_chance(more), option))
    return min(larger, key=lambda one: one[0], default=(0.0, None))[1]


def _holds(
    seen: Linkage, option: Option, taken: NDArray[np.bool_], more: NDArray[np.bool_]
) -> bool:
    """Whether an option holds the matches found, and more for records that had one."""
    if (taken & more).sum() < KEPT * taken.sum() or more.sum() < LARGER * taken.sum():
        return False
    pairs = seen.pairs
    matched = np.zeros((2, seen.evidence.n_records), np.bool_)
    for row, some in enumerate((taken, more)):
        matched[row, pairs.left[some]] = matched[row, pairs.right[some]] = True
    several = seen.sources != option.structure.single_source
    return bool(matched[0, several & matched[1]].mean() >= MATCHED)


def _likeliest(log_odds: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Return which pairs are the likeliest ones, shape (pairs,)."""
    chosen = np.zeros(len(log_odds), np.bool_)
    if 0 < count <= len(log_odds):
        chosen[np.argpartition(-log_odds, count - 1)[:count]] = True
    return chosen & np.isfinite(log_odds)
