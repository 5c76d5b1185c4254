"""The start without labels: a model fitted to the structure that the table shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.pairs import CandidatePairs, Comparisons
from matchloop.scoring.chance import TELLING, Agreement, agreement, unlike_chance
from matchloop.scoring.columns import Bins, column_features, column_similarity, cut
from matchloop.scoring.forest import Forest, fit_forest
from matchloop.scoring.mixture import Elsewhere, Mixture, fit_mixture, part_relatives
from matchloop.scoring.rivals import fit_against_runners_up, mutual_best
from matchloop.scoring.structure import (
    Shape,
    Structure,
    competed,
    consistency,
    detect_structure,
)

__all__ = ["Unsupervised", "fit_unsupervised"]

FEWEST_COLUMNS = 3  # columns from which matches and non-matches can be told by agreement alone
TRUSTED = 0.6  # consistency from which a linkage needs no help from rivals
Reading = tuple[float, bool]
"""The evidence of a column, and whether non-matches may be related."""

DEDUPLICATION: Mapping[bool, tuple[Reading, ...]] = {
    False: ((1.0, False), (0.7, False)),
    True: ((1.0, False), (0.7, False), (0.5, False), (1.0, True)),
}
LINKAGE: Mapping[bool, tuple[Reading, ...]] = {
    False: ((1.0, False), (0.7, False)),
    True: ((0.5, False),),
}
"""Readings tried beside that of the candidates alone, without and with the whole record as a
column. In linkage matches are never seen to match each other, so that little speaks against a
wrong reading; fewer are tried."""

BY_CHANCE = 0.28
"""Share of what the columns could tell that may speak against the matches of a reading."""

DOUBTED = 0.15
"""The same for a reading that is doubted otherwise, or that expected its matches to agree."""

ENOUGH = 1.6
"""Log odds gained by agreement, as a multiple of the log of all pairs, that make up for more."""

APART = 0.7  # share of matches as unlike as random pairs from which a column tells relatives apart
PARTED = 0.5  # consistency that matches told apart from relatives must have
NEARLY = 0.85  # of the largest such share, from which other columns help
BEYOND = 3.0  # how many times more pairs than by chance must then agree in it
RELATIVES = 0.6  # share of what the columns tell in which relatives agree at least
FEWEST_ALIKE = 0.005  # share of the supposed matches that must agree in it besides
REST = 0.4  # share of unlike matches that may be left in it

SHOWN = 8_000  # pairs that the forest is trained on


@dataclass(frozen=True, slots=True, eq=False)
class Unsupervised:
    """A scorer learned without labels.

    Parameters
    ----------
    forest
        Gives the probabilities; it imitates what the model found on the table.
    structure
        The structure found.
    assumed
        What was taken for granted, as the rest of a sentence for the user.
    """

    forest: Forest
    structure: Structure
    assumed: str

    def probability(self, comparisons: Comparisons) -> NDArray[np.float32]:
        """Return the match probability of each pair, shape (pairs,)."""
        return self.forest.probability(comparisons.features)


def fit_unsupervised(
    comparisons: Comparisons,
    *,
    n_records: int,
    sources: NDArray[np.int32] | None = None,
    background: Comparisons | None = None,
    n_candidates: int | None = None,
    seed: int = 0,
) -> Unsupervised:
    """Fit a match model without labels.

    Several readings of the table are tried: Fellegi-Sunter mixtures that take the candidates, or
    all pairs, to speak for the non-matches, with and without the whole record as a column. The one
    that contradicts itself least is kept, unless its matches agree no more than chance in much of
    what the columns tell; then matches are expected to agree and to be rare, and there may be none.
    Relatives that share all but a telling column (people of a household) are told apart. In
    linkage, records then compete for their match; where no mixture is convincing, or the columns
    are too few for one, best pairs are told from second-best ones instead.

    Parameters
    ----------
    comparisons
        The candidates, all of them or all those of some records.
    n_records
        Records of the table.
    sources
        Source of each record, shape (records,); None for deduplication.
    background
        Pairs drawn at random from all pairs that could be compared; without, the candidates alone
        speak for the non-matches.
    n_candidates
        Number of candidates, where ``comparisons`` holds only some of them.
    seed
        The same seed gives the same scorer.

    Returns
    -------
    Unsupervised
        A scorer for this table and others with the same columns.
    """
    pairs = comparisons.pairs
    if len(pairs) == 0:
        nothing = Structure(Shape.GROUPS, sources is not None, 0.0, 0.0)
        forest = fit_forest(comparisons.features, np.empty(0, np.bool_), seed=seed)
        return Unsupervised(forest, nothing, "no pair of records was worth comparing.")
    likeness = _likeness(comparisons)
    share = len(pairs) / max(n_candidates or len(pairs), 1)
    total = share * _comparable(n_records, sources)
    mixture, sureness = _best_mixture(comparisons, likeness, n_records, sources, background, total)
    sampled = n_candidates is not None and n_candidates > len(pairs)
    structure = detect_structure(pairs, mixture.probability, n_records, sources, sampled=sampled)
    n_columns = len(column_features(comparisons.names))
    if sources is not None and (sureness < TRUSTED or n_columns < FEWEST_COLUMNS):
        kept = [n for n, name in enumerate(comparisons.names) if not name.startswith("rivals:")]
        runners = fit_against_runners_up(
            comparisons.features[:, kept], pairs, likeness, n_records, seed=seed
        )
        probability = runners.probability
        if background is not None and n_columns >= FEWEST_COLUMNS:
            columns = column_features(comparisons.names)
            told = agreement(
                column_similarity(comparisons.features, columns),
                column_similarity(background.features, columns),
                probability > 0.5,
            )
            if not _credible(told, total):
                probability = np.zeros(len(pairs))
        found = detect_structure(pairs, probability, n_records, sources, sampled=sampled)
        structure = Structure(Shape.ONE_TO_ONE, True, found.matched, 0.0)
        means = "best pairs were told from second-best ones"
    else:
        probability = competed(pairs, mixture.log_odds, n_records, structure, sources)
        means = "records were told apart by how many columns agree"
    forest = _imitated(comparisons.features, probability, seed)
    return Unsupervised(forest, structure, f"{structure.describe()}; {means}.")


def _likeness(comparisons: Comparisons) -> NDArray[np.float64]:
    """Similarity of whole records, to start from; in [0, 1]."""
    names = comparisons.names
    whole = [n for n, name in enumerate(names) if name in ("record:words", "record:grams")]
    if not whole:
        whole = [n for n, name in enumerate(names) if not name.startswith("rivals:")]
    part = comparisons.features[:, whole].astype(np.float64)
    strength = comparisons.pairs.strength.astype(np.float64)
    return np.asarray(np.clip((np.nan_to_num(part).mean(axis=1) + strength) / 2, 0, 1))


def _best_mixture(
    comparisons: Comparisons,
    likeness: NDArray[np.float64],
    n_records: int,
    sources: NDArray[np.int32] | None,
    background: Comparisons | None,
    total: float,
) -> tuple[Mixture, float]:
    """Return the reading that contradicts itself least, and its consistency.

    A reading whose matches agree no more than chance in much of what the columns tell is none:
    where matches are few, or none, mixtures settle on the merely alike. Readings that expect
    matches to agree and to be rare are asked then; if these find nothing, there is nothing.
    """
    pairs, linkage = comparisons.pairs, sources is not None
    best = mutual_best(pairs.left, pairs.right, likeness, n_records)
    start = np.where(best, 0.9 * likeness, 0.02)
    drawn = comparisons.features[:0] if background is None else background.features
    plain = column_features(comparisons.names)
    seen = column_similarity(comparisons.features, plain), column_similarity(drawn, plain)
    chosen: tuple[Mixture, float] | None = None
    likely: tuple[Mixture, float] | None = None
    rare: list[tuple[Bins, Elsewhere]] = []
    for whole in (False, True):
        columns = column_features(comparisons.names, whole=whole)
        similarity = column_similarity(comparisons.features, columns)
        bins, (number,) = cut(similarity, column_similarity(drawn, columns))
        elsewhere = Elsewhere(number, max(total - len(pairs), 0.0))
        readings: list[tuple[Elsewhere | None, float, bool]] = [(None, 1.0, False)]
        if background is not None:
            table = LINKAGE if linkage else DEDUPLICATION
            readings += [(elsewhere, evidence, related) for evidence, related in table[whole]]
            rare.append((bins, elsewhere))
        for others, evidence, related in readings:
            mixture = fit_mixture(bins, start, elsewhere=others, evidence=evidence, related=related)
            sureness = consistency(pairs, mixture.probability, n_records, linkage=linkage)
            if likely is None or sureness > likely[1]:
                likely = mixture, sureness
            if not _credible(agreement(*seen, mixture.probability > 0.5), total):
                continue
            if chosen is None or sureness > chosen[1]:
                chosen = mixture, sureness
    assert likely is not None
    if background is None:
        return likely
    if not linkage:
        finer = _told_apart(likely, seen, *rare[0], pairs, n_records)
        if finer is not None and finer[1] >= PARTED:
            return finer
    if chosen is not None and chosen[1] > 0 and (linkage or chosen[1] >= TRUSTED):
        return chosen
    if chosen is not None:
        found = agreement(*seen, chosen[0].probability > 0.5)
        chosen = chosen if found.by_chance <= DOUBTED else None
    for bins, elsewhere in rare:
        for evidence in (1.0, 0.7):
            mixture = fit_mixture(bins, None, elsewhere=elsewhere, evidence=evidence)
            sureness = consistency(pairs, mixture.probability, n_records, linkage=linkage)
            if agreement(*seen, mixture.probability > 0.5).by_chance > DOUBTED:
                continue
            if chosen is None or sureness > chosen[1]:
                chosen = mixture, sureness
    return (_nothing(len(pairs)), 0.0) if chosen is None else chosen


def _told_apart(
    likely: tuple[Mixture, float],
    seen: tuple[NDArray[np.float32], NDArray[np.float32]],
    bins: Bins,
    elsewhere: Elsewhere,
    pairs: CandidatePairs,
    n_records: int,
) -> tuple[Mixture, float] | None:
    """Part matches from relatives, where most supposed matches are unlike in a telling column.

    The people of a household agree in all but what is their own: in the first name they are as
    unlike as any two people. True matches never are, save in columns that tell nothing.
    """
    probability = likely[0].probability
    taken = probability > 0.5
    coarse = agreement(*seen, taken)
    most = max(APART, NEARLY * float(coarse.random.max()))
    telling: list[int] = []
    alike = np.zeros(len(pairs))
    for column in np.flatnonzero((coarse.random >= most) & (coarse.present >= 0.5)):
        like = unlike_chance(*seen, int(column))
        drawn = unlike_chance(seen[1], seen[1], int(column))
        by_chance = float((drawn == 1).mean())
        least = max(BEYOND * by_chance, FEWEST_ALIKE)
        if by_chance > TELLING or (like[taken] == 1).mean() < least:
            continue
        telling.append(int(column))
        alike += like
    weight = coarse.present * coarse.told
    agreed = 1 - float((coarse.random * weight)[telling].sum()) / max(float(weight.sum()), 1e-9)
    if not telling or agreed < RELATIVES:
        return None
    same = np.clip(2 * alike / len(telling) - 0.8, 0.02, 0.98)
    unlike = [int(column) for column in np.flatnonzero(coarse.random >= most)]
    mixture = part_relatives(bins, probability, same, elsewhere, unlike)
    fine = agreement(*seen, mixture.probability > 0.5)
    if fine.random[telling].max() > REST or not (mixture.probability > 0.5).any():
        return None
    return mixture, consistency(pairs, mixture.probability, n_records, linkage=False)


def _credible(found: Agreement, total: float) -> bool:
    enough = ENOUGH * np.log(max(total, 2.0))
    return found.by_chance <= BY_CHANCE or bool(found.evidence >= enough)


def _nothing(count: int) -> Mixture:
    """No pair is a match."""
    return Mixture(np.full(count, -40.0), np.zeros(count))


def _imitated(features: NDArray[np.float32], probability: NDArray[np.float64], seed: int) -> Forest:
    """Train a forest on the probabilities found, a pair counting as both classes by its odds."""
    rng = np.random.default_rng(seed)
    wanted = probability + 0.02 + 2 * np.minimum(probability, 1 - probability)
    drawn = np.minimum(1, wanted * (SHOWN / wanted.sum()))
    shown = np.flatnonzero(rng.random(len(probability)) < drawn)
    found, weight = probability[shown], np.minimum(1 / drawn[shown], 20)
    met, unmet = np.flatnonzero(found > 0.02), np.flatnonzero(found < 0.98)
    rows = np.concatenate((met, unmet))
    is_match = np.arange(len(rows)) < len(met)
    weight = np.concatenate((found[met] * weight[met], (1 - found[unmet]) * weight[unmet]))
    return fit_forest(features[shown[rows]], is_match, weight, seed=seed)


def _comparable(n_records: int, sources: NDArray[np.int32] | None) -> float:
    """Count the pairs of the table that could be compared."""
    together = 0.0
    if sources is not None:
        together = float((np.bincount(sources[sources >= 0]).astype(np.float64) ** 2).sum())
        return (n_records**2 - together) / 2
    return n_records * (n_records - 1) / 2
