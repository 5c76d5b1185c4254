"""Prior models: scorers fitted without labels to the structure of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Compared, Comparisons, possible_pairs
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

Chosen on imdb_tvdb, where persons were matched to titles; seven other tables did not change."""

# These four are conventions.
IMPLIED = 0.95  # probability of uncompared pairs inside a consistent large group
SHOWN = 8_000  # pairs to train the forest on
TREES = 100  # trees of the forest
COPIES = 5  # copies of each match, where matches are fewer than this


@dataclass(frozen=True, slots=True, eq=False)
class Unsupervised:
    """A prior model: a scorer fitted without labels.

    Parameters
    ----------
    forest
        Scores pairs; it is trained on the probabilities of one reading.
    structure
        The structure of the matches.
    assumed
        The assumption, as the rest of a sentence for the user.
    """

    forest: Forest
    structure: Structure
    assumed: str

    def probability(self, comparisons: Comparisons) -> NDArray[np.float32]:
        """Return the match probability of each pair, shape (pairs,)."""
        return self.forest.probability(comparisons.features)


@dataclass(frozen=True, slots=True, eq=False)
class PriorModels:
    """The possible sets of matches of a table, before any label.

    Parameters
    ----------
    comparisons
        The candidates.
    options
        Sets of matches; the last one holds none, or records that are equal in every column.
    n_records
        Records of the table.
    """

    comparisons: Compared
    options: tuple[Option, ...]
    n_records: int

    def preferred(
        self, labelled: NDArray[np.int64] | None = None, is_match: NDArray[np.bool_] | None = None
    ) -> int:
        """Choose the option that the table and the labels support best; return its number.

        Parameters
        ----------
        labelled
            Ids of labelled pairs, shape (labels,); those that are no candidates do not count.
        is_match
            The labels, shape (labels,).
        """
        if labelled is None or is_match is None or len(self.comparisons) == 0:
            return preferred(self.options)
        ids = self.comparisons.pairs.ids()
        places = np.minimum(np.searchsorted(ids, labelled), len(ids) - 1)
        is_candidate = ids[places] == labelled
        return preferred(self.options, places[is_candidate], is_match[is_candidate])

    def disputed(self, number: int) -> NDArray[np.float64]:
        """Return how far the other sets of matches dispute those of one option.

        Parameters
        ----------
        number
            Number of the option.

        Returns
        -------
        numpy.ndarray
            Support of the other readings that differ on each candidate, as a share of the support
            of all others, shape (pairs,), in [0, 1]; 0 everywhere where there is no other. That
            there are no matches is no reading.
        """
        readings = self.options[:-1]
        others = [option for place, option in enumerate(readings) if place != number]
        taken = self.options[number].probability > 0.5
        share = np.zeros(len(taken))
        for option in others:
            share += option.support * ((option.probability > 0.5) != taken)
        return share / max(sum(option.support for option in others), 1e-9)

    def fitted(
        self,
        number: int,
        *,
        seed: int,
        compare: Callable[[CandidatePairs], Comparisons] | None = None,
    ) -> Unsupervised:
        """Fit the scorer of one option, for any pair of tables with the same columns.

        Parameters
        ----------
        number
            Number of the option.
        seed
            The same seed gives the same scorer.
        compare
            Compares further pairs. Without it the scorer is trained on candidates alone.
        """
        option = self.options[number]
        implied = None
        if compare is not None and option.closed:
            taken = option.probability > 0.5
            pairs, inside = implied_pairs(self.comparisons.pairs, taken, self.n_records, seed=seed)
            implied = compare(pairs).features, np.where(inside, IMPLIED, 1 - IMPLIED)
        forest = _trained_on(self.comparisons, option.probability, seed, implied)
        return Unsupervised(forest, option.structure, option.assumed)


def try_readings(
    comparisons: Compared,
    *,
    n_records: int,
    sources: NDArray[np.int32] | None = None,
    background: Comparisons | None = None,
    n_candidates: int | None = None,
    partial: bool = False,
    seed: int = 0,
) -> PriorModels:
    """Find the possible sets of matches of a table, without labels.

    Several readings of the table compete. Each is a Fellegi-Sunter mixture: non-matches estimated
    from the candidates or from all pairs, with and without the whole record as a column, and with
    relatives (people of a household, variants of a product) as a class of their own. A reading is
    credible where its matches are consistent and agree by more than chance in each column: a
    coarser grouping cannot fake that. Where none is credible, nothing is matched. In linkage,
    records then compete for their match; where no mixture is credible, best pairs are separated
    from second-best ones instead.

    Parameters
    ----------
    comparisons
        The candidates, all of them or all those of some records.
    n_records
        Records of the table.
    sources
        Source of each record, shape (records,); None for deduplication.
    background
        Pairs drawn at random from all pairs that may match; without, non-matches are estimated from
        the candidates alone.
    n_candidates
        Number of candidates, where ``comparisons`` holds only some of them.
    partial
        Whether a single column is compared, beside others that tell every record apart.
    seed
        The same seed gives the same models.
    """
    count = len(comparisons)
    if count == 0:
        return PriorModels(comparisons, (no_match(0, linkage=sources is not None),), n_records)
    sampled = n_candidates is not None and n_candidates > count
    total = _pairs_told_of(count, n_candidates or count, n_records, sources)
    evidence = Evidence.of(comparisons, background, n_records, total, partial=partial)
    if sources is None:
        options = duplicate_options(evidence, sampled=sampled)
    else:
        options = link_options(evidence, sources, sampled=sampled, seed=seed)
    return PriorModels(comparisons, tuple(options), n_records)


def _pairs_told_of(
    count: int, n_candidates: int, n_records: int, sources: NDArray[np.int32] | None
) -> float:
    """Return the possible pairs that some of the candidates stand for: the same share."""
    return possible_pairs(n_records, sources) * count / n_candidates


def _trained_on(
    comparisons: Compared,
    probability: NDArray[np.float64],
    seed: int,
    implied: tuple[NDArray[np.float32], NDArray[np.float64]] | None = None,
) -> Forest:
    """Train a forest on probabilities; a pair enters as both classes, weighted by its probability.

    ``implied`` holds features and probabilities of further pairs.
    """
    features = comparisons.features
    if len(features) == 0:
        return fit_forest(features, np.empty(0, np.bool_), seed=seed)
    probability = np.where(_shares_no_text(features, comparisons.names), 0.0, probability)
    rng = np.random.default_rng(seed)
    # draw what the forest needs most: likely matches and doubtful pairs, then a few of the rest
    wanted = probability + 0.02 + 2 * np.minimum(probability, 1 - probability)
    drawn = np.minimum(1, wanted * (SHOWN / wanted.sum()))
    shown = np.flatnonzero(rng.random(len(probability)) < drawn)
    features = features[shown]
    chance, weight = probability[shown], np.minimum(1 / drawn[shown], 20)
    if implied is not None:
        features = np.concatenate((features, implied[0]))
        chance = np.concatenate((chance, implied[1]))
        weight = np.concatenate((weight, np.ones(len(implied[1]))))
    matches, others = np.flatnonzero(chance > 0.02), np.flatnonzero(chance < 0.98)
    if (
        len(matches) < COPIES
    ):  # bootstrap samples would leave a lone match out of a third of the trees
        matches = np.repeat(matches, COPIES)
    rows = np.concatenate((matches, others))
    is_match = np.arange(len(rows)) < len(matches)
    weight = np.concatenate(
        (chance[matches] * weight[matches], (1 - chance[others]) * weight[others])
    )
    return fit_forest(features[rows], is_match, weight, seed=seed, trees=TREES)


def _shares_no_text(features: NDArray[np.float32], names: tuple[str, ...]) -> NDArray[np.bool_]:
    if "record:grams" not in names:
        return np.zeros(len(features), np.bool_)
    return np.asarray(features[:, names.index("record:grams")] < UNLIKE)
