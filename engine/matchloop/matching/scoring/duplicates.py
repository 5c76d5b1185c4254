"""Deduplication without labels: what the groups of one table may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import Comparisons
from matchloop.matching.scoring.columns import column_features
from matchloop.matching.scoring.evidence import Evidence
from matchloop.matching.scoring.implied import is_closed
from matchloop.matching.scoring.options import NOTHING, Option, no_match
from matchloop.matching.scoring.readings import Judge, Reading, readings
from matchloop.matching.scoring.structure import detect_structure

__all__ = ["duplicate_options"]

BY_CHANCE = 0.28
"""Share of what the columns could tell in which matches may agree by chance."""

UNSUPPORTED = 0.27
"""Share of what the columns could tell that matches may reach less than half of."""

UNLIKE = 0.6
"""Share of the matches that may be unlike in a telling column in which others agree. Chosen on
made-up discs of many scripts, where the two discs of an album share all but the tracks (.66), and
made-up references (.39)."""

AGREED = 0.5
"""Share of the matches that agree in some telling column. Chosen on neg_iso3166_2, where parishes
share a word of their name (.40), fake_1000 and restaurant_864 (.68 or more)."""

FIRM = 0.58
"""Support that a reading needs. Chosen, like the two above, on the tables that benchmarks/kinds
marks for choosing and on cddb, census841, cora, fake_1000, rldata500, neg_us_counties and
neg_iso3166_2: sound readings have .64 to 1 and at most .21 unsupported; those of lists without
duplicates have at most .55, or at least .28 unsupported. Lists of product variants whose titles
differ in a word of colour pass all the same."""

SURELY = 0.5
"""Support that is enough where chance explains next to none of the matches."""

UNEXPLAINED = 0.15
"""Share of the matches that chance may then explain. Chosen on the same tables: people of
households without dates of birth have .14, neg_iso3166_2 .55."""

CHANCE = 0.3
"""What a share of matches that chance explains takes from the support of a reading. Chosen on
musicbrainz20k_mutated, which needs .35 or less, and made-up product variants, which need .25 or
more."""

TIED = 0.95
"""Share of the best support from which readings are as good, and the largest one is taken."""

NEARLY = 0.85  # of a coarser reading's support that a finer one needs to take its place

CHAINED = 0.6
"""Share of the records in one group from which a reading is a chain."""

DIFFERENT = 0.3  # share of matches that differ in a telling column, from which the user is told
TELLS = 2.5  # nats from which a column tells

EQUAL = 0.999  # similarity of equal values
SURE = 0.97  # probability of records that are equal in every column


def duplicate_options(evidence: Evidence, *, sampled: bool) -> list[Option]:
    """Return what the groups of a table may be; the last one holds none.

    Parameters
    ----------
    evidence
        The candidates and random pairs.
    sampled
        Whether the candidates are a sample.
    """
    judge = Judge.of(evidence)
    tried = readings(judge)
    credible = [reading for reading in tried if is_credible(reading)]
    names = list(column_features(evidence.comparisons.names, codes=True))
    equal = _equal(evidence)
    options = []
    for reading, support in zip(credible, _supports(judge, credible), strict=True):
        probability = np.where(equal, SURE, reading.mixture.probability)
        structure = detect_structure(
            evidence.comparisons.pairs, probability, evidence.n_records, None, sampled=sampled
        )
        means = "records were matched by how many columns agree"
        doubts = _differences(reading, names)
        closed = is_closed(evidence.comparisons.pairs, reading.taken, evidence.n_records)
        options.append(Option(probability, structure, means, support, doubts, closed))
    return [*options, _none(evidence, tried, names, equal, sampled=sampled)]


def _supports(judge: Judge, credible: list[Reading]) -> list[float]:
    """Return the support of each reading beside the others.

    It is less for matches that chance explains, and halved where a finer reading parts what the
    reading joins, or where most matches are unlike in a telling column in which others agree. Of
    readings that are as good, the one of most matches comes first: one that misses matches looks
    as sound as one that finds them.
    """
    if not credible:
        return []
    rank = np.array([_unexplained(reading) for reading in credible])
    for number, reading in enumerate(credible):
        finer = (other for other in credible if other.support >= NEARLY * reading.support)
        joins = any(judge.parts(reading, other) for other in finer if other is not reading)
        if joins or reading.unlike > UNLIKE:
            rank[number] /= 2
    tied = rank >= TIED * rank.max()
    size = np.array([int(reading.taken.sum()) for reading in credible])
    first = int(np.argmax(np.where(tied, size, -1)))
    rank = np.where(tied, TIED, rank / rank.max())
    rank[first] = 1.0
    return [float(part * credible[first].support) for part in rank]


def _unexplained(reading: Reading) -> float:
    if len(reading.agreement.told) == 1:  # one column has nothing to be held against
        return reading.support
    return reading.support * (1 - CHANCE * reading.by_chance)


def is_credible(reading: Reading) -> bool:
    """Whether the matches of a reading agree by more than chance and contradict themselves little.

    A reading that fails is no reading: where none is left, nothing is matched.
    """
    found = reading.agreement
    if reading.agreed < AGREED:
        return False
    unexplained = reading.support >= SURELY and reading.by_chance <= UNEXPLAINED
    return (
        (reading.support >= FIRM or unexplained)
        and reading.largest <= CHAINED
        and found.by_chance <= BY_CHANCE
        and found.unsupported <= UNSUPPORTED
    )


def _none(
    evidence: Evidence,
    tried: list[Reading],
    names: list[str],
    equal: NDArray[np.bool_],
    *,
    sampled: bool,
) -> Option:
    """Return the option without groups, and why the likeliest reading is not believed."""
    likely = max(tried, key=lambda reading: reading.support)
    option = no_match(len(equal), linkage=False, doubts=_differences(likely, names, refused=True))
    if not equal.any():
        return option
    probability = np.where(equal, SURE, 0.0)
    pairs = evidence.comparisons.pairs
    structure = detect_structure(pairs, probability, evidence.n_records, None, sampled=sampled)
    means = "only records that are equal in every column were matched"
    return Option(probability, structure, means, NOTHING, option.doubts)


def _differences(reading: Reading, names: list[str], *, refused: bool = False) -> str:
    """Name the telling column in which most matches of a reading differ, as a sentence."""
    found = reading.agreement
    telling = (found.told >= TELLS) & (found.present >= DIFFERENT)
    share = np.where(telling, found.random, 0.0)
    if not len(share) or share.max() < DIFFERENT:
        return ""
    column = int(share.argmax())
    name = names[column].removesuffix("#")
    part = " in numbers or codes of" if names[column].endswith("#") else " in"
    which = "of the likeliest pairs" if refused else "of the matches found"
    like = "relatives, or variants of one thing" if refused else "check some of them"
    return f"{share[column]:.0%} {which} differ{part} '{name}': {like}."


def _equal(evidence: Evidence) -> NDArray[np.bool_]:
    """Return which candidates are equal in every column and more alike than chance makes them.

    Two people of one name in one town may be equal by chance where a table has just these columns;
    in a list of one column equal values are all that a match can be.
    """
    columns = column_features(evidence.comparisons.names)
    equal = _in_every_column(evidence.comparisons, columns)
    if not equal.any() or len(columns) == 1:
        return equal
    drawn = evidence.background
    alike = np.column_stack([_equal_in(drawn, part) for part in columns.values()])
    present = np.column_stack(
        [np.isfinite(drawn.features[:, part]).any(axis=1) for part in columns.values()]
    )
    told = -np.log((alike.sum(axis=0) + 1) / (present.sum(axis=0) + 1))
    told[present.sum(axis=0) == 0] = 0.0
    filled = np.column_stack(
        [
            np.isfinite(evidence.comparisons.features[:, part]).any(axis=1)
            for part in columns.values()
        ]
    )
    share = float(_in_every_column(drawn, columns).mean()) if len(drawn) else 0.0
    often = max(float(equal.sum()), evidence.total * share)
    return np.asarray(equal & (filled @ told >= np.log(max(evidence.total, 1.0) / often)))


def _in_every_column(
    comparisons: Comparisons, columns: Mapping[str, Sequence[int]]
) -> NDArray[np.bool_]:
    """Return which pairs have equal values, or none, in every column, shape (pairs,)."""
    names, features = comparisons.names, comparisons.features
    equal = np.ones(len(features), np.bool_)
    if "record:one_present" in names:
        equal &= features[:, names.index("record:one_present")] == 0
    if "record:grams" in names:
        equal &= features[:, names.index("record:grams")] >= EQUAL
    met = np.zeros(len(features), np.bool_)
    for part in columns.values():
        present = np.isfinite(features[:, part]).any(axis=1)
        equal &= ~present | _equal_in(comparisons, part)
        met |= present
    return equal & met


def _equal_in(comparisons: Comparisons, part: Sequence[int]) -> NDArray[np.bool_]:
    """Return which pairs reach the top of some measure of a column, shape (pairs,)."""
    top = np.nan_to_num(comparisons.features[:, part], nan=-1.0).max(axis=1, initial=-1.0)
    return np.asarray(top >= EQUAL)
