"""The start without labels: a model fitted to the structure that the table shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.matching.scoring.duplicates import duplicate_options
from matchloop.matching.scoring.evidence import Evidence
from matchloop.matching.scoring.forest import Forest, fit_forest
from matchloop.matching.scoring.implied import implied_pairs
from matchloop.matching.scoring.linking import link_options
from matchloop.matching.scoring.options import Option, no_match, preferred
from matchloop.matching.scoring.structure import Structure

__all__ = ["PriorModels", "Unsupervised", "try_readings"]

UNLIKE = 0.1
"""Share of common 3-grams of the whole records below which a pair is no match.

Chosen on imdb_tvdb, where persons were matched to titles; it changed nothing on seven others."""

IMPLIED = 0.95  # probability of pairs inside a large group that contradicts itself little
SHOWN = 8_000  # pairs that the forest is trained on
COPIES = 5  # times that the forest sees a pair which stands for a rare kind of its own


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


@dataclass(frozen=True, slots=True, eq=False)
class PriorModels:
    """The sets of matches that a table allows for before any label is seen.

    Parameters
    ----------
    comparisons
        The candidates they speak of.
    options
        Sets of matches; the last one holds none, or records that are equal in every column.
    n_records
        Records of the table.
    """

    comparisons: Comparisons
    options: tuple[Option, ...]
    n_records: int

    def preferred(
        self, asked: NDArray[np.int64] | None = None, is_match: NDArray[np.bool_] | None = None
    ) -> int:
        """Return the number of the option that the table and answered pairs support best.

        Parameters
        ----------
        asked
            Ids of answered pairs, shape (answers,); those that are no candidates say nothing.
        is_match
            The answers, shape (answers,).
        """
        if asked is None or is_match is None or len(self.comparisons) == 0:
            return preferred(self.options)
        known = self.comparisons.pairs.ids()
        places = np.minimum(np.searchsorted(known, asked), len(known) - 1)
        met = known[places] == asked
        return preferred(self.options, places[met], is_match[met])

    def fitted(
        self,
        number: int,
        *,
        seed: int,
        compare: Callable[[CandidatePairs], Comparisons] | None = None,
    ) -> Unsupervised:
        """Return the scorer of one option; it scores any pair of tables with the same columns.

        Parameters
        ----------
        number
            Number of the option.
        seed
            The same seed gives the same scorer.
        compare
            Compares further pairs. Without it the scorer knows the candidates alone.
        """
        option = self.options[number]
        implied = None
        if compare is not None and option.closed:
            taken = option.probability > 0.5
            pairs, inside = implied_pairs(self.comparisons.pairs, taken, self.n_records, seed=seed)
            implied = compare(pairs).features, np.where(inside, IMPLIED, 1 - IMPLIED)
        forest = _imitated(self.comparisons, option.probability, seed, implied)
        return Unsupervised(forest, option.structure, option.assumed)


def try_readings(
    comparisons: Comparisons,
    *,
    n_records: int,
    sources: NDArray[np.int32] | None = None,
    background: Comparisons | None = None,
    n_candidates: int | None = None,
    seed: int = 0,
) -> PriorModels:
    """Find the sets of matches that a table allows for, without labels.

    Several readings of the table compete: Fellegi-Sunter mixtures that take the candidates, or all
    pairs, to speak for the non-matches, with and without the whole record as a column, and with
    relatives (people of a household, variants of a product) as a class of their own. A reading is
    credible where its matches contradict each other little and agree by more than chance in what
    the columns could tell, column by column; evidence that a coarser grouping cannot fake. Where
    none is credible, nothing is matched. In linkage, records then compete for their match; where
    no mixture is convincing, best pairs are told from second-best ones instead.

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
        The same seed gives the same models.
    """
    count = len(comparisons)
    if count == 0:
        return PriorModels(comparisons, (no_match(0, linkage=sources is not None),), n_records)
    share = count / max(n_candidates or count, 1)
    total = share * _comparable(n_records, sources)
    sampled = n_candidates is not None and n_candidates > count
    evidence = Evidence.of(comparisons, background, n_records, total)
    if sources is None:
        options = duplicate_options(evidence, sampled=sampled)
    else:
        options = link_options(evidence, sources, sampled=sampled, seed=seed)
    return PriorModels(comparisons, tuple(options), n_records)


def _imitated(
    comparisons: Comparisons,
    probability: NDArray[np.float64],
    seed: int,
    implied: tuple[NDArray[np.float32], NDArray[np.float64]] | None = None,
) -> Forest:
    """Train a forest on the probabilities found, a pair counting as both classes by its odds.

    ``implied`` holds features and probabilities of further pairs.
    """
    features = comparisons.features
    if len(features) == 0:
        return fit_forest(features, np.empty(0, np.bool_), seed=seed)
    probability = np.where(_shares_no_text(comparisons), 0.0, probability)
    rng = np.random.default_rng(seed)
    wanted = probability + 0.02 + 2 * np.minimum(probability, 1 - probability)
    drawn = np.minimum(1, wanted * (SHOWN / wanted.sum()))
    shown = np.flatnonzero(rng.random(len(probability)) < drawn)
    features = features[shown]
    found, weight = probability[shown], np.minimum(1 / drawn[shown], 20)
    if implied is not None:
        features = np.concatenate((features, implied[0]))
        found = np.concatenate((found, implied[1]))
        weight = np.concatenate((weight, np.ones(len(implied[1]))))
    met, unmet = np.flatnonzero(found > 0.02), np.flatnonzero(found < 0.98)
    if len(met) < COPIES:  # bootstrap samples would leave a lone match out of a third of the trees
        met = np.repeat(met, COPIES)
    rows = np.concatenate((met, unmet))
    is_match = np.arange(len(rows)) < len(met)
    weight = np.concatenate((found[met] * weight[met], (1 - found[unmet]) * weight[unmet]))
    return fit_forest(features[rows], is_match, weight, seed=seed)


def _shares_no_text(comparisons: Comparisons) -> NDArray[np.bool_]:
    if "record:grams" not in comparisons.names:
        return np.zeros(len(comparisons), np.bool_)
    return np.asarray(comparisons.features[:, comparisons.names.index("record:grams")] < UNLIKE)


def _comparable(n_records: int, sources: NDArray[np.int32] | None) -> float:
    """Count the pairs of the table that could be compared."""
    together = 0.0
    if sources is not None:
        together = float((np.bincount(sources[sources >= 0]).astype(np.float64) ** 2).sum())
        return (n_records**2 - together) / 2
    return n_records * (n_records - 1) / 2
