"""Deduplication without labels: the possible sets of matches of one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import Compared, groups_of_pairs
from matchloop.matching.scoring.columns import column_features, part_of
from matchloop.matching.scoring.evidence import Evidence
from matchloop.matching.scoring.implied import is_closed
from matchloop.matching.scoring.latent_classes import relatives_among
from matchloop.matching.scoring.mixture import Mixture
from matchloop.matching.scoring.movers import adds_movers
from matchloop.matching.scoring.options import NOTHING, Option, no_match
from matchloop.matching.scoring.readings import TELLS, Judge, Reading, readings
from matchloop.matching.scoring.structure import detect_structure
from matchloop.matching.scoring.undecided import left_apart

__all__ = ["duplicate_options"]

# Constants that name no table were chosen with FIRM, on the same tables, by
# benchmarks/kinds_quality.py without labels. DIFFERENT, EQUAL, MEMBERS and SURE are
# conventions.
BY_CHANCE = 0.28
"""Largest share of the columns' information in which matches may agree by chance."""

UNSUPPORTED = 0.27
"""Largest share of the columns' information of which matches may reach less than half."""

UNLIKE = 0.6
"""Share of the matches that may be unlike in a distinctive column in which others agree. Chosen on
generated discs of many scripts, where the two discs of an album share all but the tracks (.66),
and on generated references (.39)."""

AGREED = 0.5
"""Share of the matches that agree in some distinctive column. Chosen on neg_iso3166_2, where
parishes share a word of their name (.40), fake_1000 and restaurant_864 (.68 or more)."""

FIRM = 0.58
"""Least support of a credible reading. Chosen, like the two above, on the tables that
benchmarks/kinds marks for choosing and on cddb, census841, cora, fake_1000, rldata500,
neg_us_counties and neg_iso3166_2. Correct readings have .64 to 1 and at most .21 unsupported;
those of lists without duplicates have at most .55, or at least .28 unsupported. Lists of product
variants whose titles differ in a word of colour pass in spite of it."""

SURELY = 0.5
"""Support that suffices where chance explains nearly none of the matches."""

UNEXPLAINED = 0.15
"""Largest share of the matches that chance may then explain. Chosen on the same tables: people of
households without dates of birth have .14, neg_iso3166_2 .55."""

CONTRASTING = 0.65
"""Largest share of the matches whose texts may all contrast. Chosen on generated product variants,
where the readings that join variants have .70 to 1; affiliations, which are written in the most
ways, have at most .57."""

ALL_BY_CHANCE = 0.9
"""Share of its matches that chance may explain in a reading by contrast. A convention below 1: in a
short list of packs and sizes, chance made every pair that such a reading joined. Offers have .71.
A table of one column has nothing else to go by."""

EXCESS = 0.5
"""Least excess of matches over random pairs that agree in as much, in nats. Rooms of one number on
two sites agree in a number that chance alone repeats as often (.1). Chosen on generated households,
references, huge entities and variants (13 and more); a convention above 0."""

CHANCE = 0.3
"""Penalty on the support of a reading, per share of its matches that chance explains. Chosen on
musicbrainz20k_mutated, which needs .35 or less, and generated product variants, which need .25 or
more."""

NORMAL = 1.96
"""Standard errors of a 95 % interval. Readings compete by the lower end of that of their
consistency: thirty matches are consistent by luck. From 1.5 to 3, five of 121 tables change and
none loses: generated foreign names, where 30 of 609 matches had won, customers, references, and
rldata500."""

TIED = 0.95
"""Share of the best support from which readings tie, so that the one of most matches is chosen."""

NEARLY = 0.85  # share of the support of a reading that one needs which splits or extends it

UNLIKE_THEN = 0.25
"""Largest share of the matches of a larger reading that may be unlike in a distinctive column in
which others agree, where it replaces the one that it holds. Chosen on the tables named above:
fake_1000 (.904 to .933) and one seed of musicbrainz20k_mutated (.318 to .944) gain, and none of 94
tables loses. Shares from .2 to .3 and .8 to .95 of the matches give the same; from .4 on, product
variants are joined. Of the kinds that only report, counties, catalogue and customers gain."""

CHAINED = 0.6
"""Share of the records in one group, from which that group is a chain of several entities."""

DIFFERENT = 0.3  # share of matches that differ in a distinctive column, from which to warn

PARTS = {"": "in", "codes": "in numbers or codes of", "contrast": "in some word of"}

EQUAL = 0.999  # similarity of equal values
MEMBERS = 4  # records per value from which a single column holds classes
RELATIVE = 0.02  # probability of relatives among the matches
SURE = 0.97  # probability of records that are equal in every column


def duplicate_options(evidence: Evidence, *, sampled: bool) -> list[Option]:
    """List the possible sets of matches of a table; the last one is empty, or of equal records.

    Parameters
    ----------
    evidence
        The candidates and random pairs.
    sampled
        Whether the candidates are a sample.
    """
    equal = _equal(evidence)  # first, as it reads all features, which may wait in a file
    judge = Judge.of(evidence)
    tried = readings(judge)
    credible = [reading for reading in tried if is_credible(reading)]
    names = list(column_features(evidence.comparisons.names, codes=True, contrast=True))
    options = []
    supports = _supports(judge, credible)
    finer = _without_relatives(judge, credible, supports)
    if finer is not None:
        credible, supports = (
            [*credible, finer],
            [*(TIED * part for part in supports), max(supports)],
        )
    for reading, support in zip(credible, supports, strict=True):
        probability = np.where(equal, SURE, reading.mixture.probability)
        structure = detect_structure(
            evidence.comparisons.pairs, probability, evidence.n_records, None, sampled=sampled
        )
        means = "records were matched by how many columns agree"
        apart = left_apart(judge, reading, credible, names)
        doubts = " ".join(filter(None, (_differences(reading, names), apart)))
        closed = is_closed(evidence.comparisons.pairs, reading.taken, evidence.n_records)
        options.append(Option(probability, structure, means, support, doubts, closed))
    return [*options, _none(evidence, tried, names, equal, sampled=sampled)]


def _supports(judge: Judge, credible: list[Reading]) -> list[float]:
    """Compute the support of each reading, given the others.

    Matches that chance explains lower it, and so does a small number of matches. It is halved where
    a finer reading splits what the reading joins, or where most matches are unlike in a distinctive
    column in which others agree. Of readings that tie, those without the contrast of texts come
    first, as it repeats in part what the likeness of the texts says; then the one of most matches:
    a reading that misses matches looks as good as one that finds them. For the same reason a larger
    reading that contains it replaces it, where its groups are more consistent, or where it adds
    people who moved.
    """
    if not credible:
        return []
    rank = np.array([_unexplained(reading) for reading in credible])
    for number, reading in enumerate(credible):
        finer = (other for other in credible if other.support >= NEARLY * reading.support)
        joins = any(judge.splits(reading, other) for other in finer if other is not reading)
        if joins or reading.unlike > UNLIKE:
            rank[number] /= 2
    tied = rank >= TIED * rank.max()
    plain = tied & np.array([not reading.contrast for reading in credible])
    tied = plain if plain.any() else tied
    size = np.array([int(reading.taken.sum()) for reading in credible])
    first = completed(credible, int(np.argmax(np.where(tied, size, -1))), judge.splits)
    first = _with_movers(judge, credible, first)
    rank = np.where(tied, TIED, rank / rank.max())
    rank[first] = 1.0
    return [float(part * credible[first].support) for part in rank]


def completed(
    credible: list[Reading], first: int, splits: Callable[[Reading, Reading], bool]
) -> int:
    """Return the most consistent of a reading and those larger ones that contain it.

    Damaged matches agree in fewer columns and more of them by chance, so that a reading without
    them has more support; but then the groups lack sides of their triangles. Relatives would close
    triangles too, but they are unlike in some column and take away much of the support.

    Parameters
    ----------
    credible
        The credible readings.
    first
        Number of the one to replace.
    splits
        Called with a larger reading and the one to replace: whether the larger one adds relatives.
    """
    base = credible[first]
    larger = [
        number
        for number in _extensions(credible, base, TIED)
        if credible[number].unlike <= UNLIKE_THEN and not splits(credible[number], base)
    ]
    return max((first, *larger), key=lambda number: credible[number].consistency)


def _with_movers(judge: Judge, credible: list[Reading], first: int) -> int:
    """Return the largest of a reading and those that add people who moved to it."""
    base = credible[first]
    larger = [
        number
        for number in _extensions(credible, base, NEARLY)
        if adds_movers(judge, credible[number], base)
    ]
    return max((first, *larger), key=lambda number: int(credible[number].taken.sum()))


def _without_relatives(
    judge: Judge, credible: list[Reading], supports: list[float]
) -> Reading | None:
    """Return the likeliest reading without the relatives among its matches; None without any."""
    if not credible:
        return None
    first = credible[int(np.argmax(supports))]
    aligned = judge.evidence.aligned(codes=True, contrast=True)
    relatives = relatives_among(judge.seen, first.taken, judge.chance, aligned, judge.plain)
    if not relatives.any():
        return None
    probability = np.where(relatives, RELATIVE, 1.0) * first.mixture.probability
    finer = judge.reading(Mixture(probability), contrast=first.contrast)
    return finer if is_credible(finer) else None


def _extensions(credible: list[Reading], base: Reading, least: float) -> list[int]:
    """Return the larger readings that hold a reading, and have ``least`` of its support or more."""
    count = int(base.taken.sum())
    return [
        number
        for number, reading in enumerate(credible)
        if int(reading.taken.sum()) > count
        and reading.holds(base)
        and reading.contrast == base.contrast
        and reading.support >= least * base.support
    ]


def _unexplained(reading: Reading) -> float:
    least = _at_least(reading.consistency, int(reading.taken.sum()))
    support = least * (1 - reading.agreement.unsupported)
    if len(reading.agreement.information) == 1:  # no other column can confirm or refute the first
        return support
    return support * (1 - CHANCE * reading.by_chance)


def _at_least(share: float, count: int) -> float:
    """Return the lower end of the 95 % interval of a share (Wilson 1927)."""
    if count == 0:
        return 0.0
    square = NORMAL**2 / count
    spread = NORMAL * float(np.sqrt((share * (1 - share) + square / 4) / count))
    return (share + square / 2 - spread) / (1 + square)


def is_credible(reading: Reading) -> bool:
    """Return whether matches of a reading agree by more than chance and are nearly consistent.

    A reading that fails is dropped; where none is left, nothing is matched.
    """
    by_column = reading.agreement
    if reading.agreed < AGREED:
        return False
    unexplained = reading.support >= SURELY and reading.by_chance <= UNEXPLAINED
    return (
        (reading.support >= FIRM or unexplained)
        and reading.excess >= EXCESS
        and reading.contrasting <= CONTRASTING
        and (not reading.contrast or reading.single or reading.by_chance <= ALL_BY_CHANCE)
        and reading.largest <= CHAINED
        and by_column.by_chance <= BY_CHANCE
        and by_column.unsupported <= UNSUPPORTED
    )


def _none(
    evidence: Evidence,
    tried: list[Reading],
    names: list[str],
    equal: NDArray[np.bool_],
    *,
    sampled: bool,
) -> Option:
    """Return the option without groups, with the reason why the likeliest reading is refused."""
    likely = max(tried, key=lambda reading: reading.support)
    option = no_match(len(equal), linkage=False, doubts=_differences(likely, names, refused=True))
    if not equal.any():
        return option
    probability = np.where(equal, SURE, 0.0)
    pairs = evidence.comparisons.pairs
    structure = detect_structure(pairs, probability, evidence.n_records, None, sampled=sampled)
    means = "only records that are equal in every compared column were matched"
    return Option(probability, structure, means, NOTHING, option.doubts)


def _differences(reading: Reading, names: list[str], *, refused: bool = False) -> str:
    """Name the distinctive column in which most matches of a reading differ, as a sentence."""
    by_column = reading.agreement
    distinctive = (by_column.information >= TELLS) & (by_column.present >= DIFFERENT)
    share = np.where(distinctive, by_column.random, 0.0)
    if not len(share) or share.max() < DIFFERENT:
        return ""
    column = int(share.argmax())
    name, part = part_of(names[column])
    which = "of the likeliest pairs" if refused else "of the matches found"
    like = "relatives, or variants of one thing" if refused else "check some of them"
    return f"{share[column]:.0%} {which} differ {PARTS[part]} '{name}': {like}."


def _equal(evidence: Evidence) -> NDArray[np.bool_]:
    """Return which candidates are equal in every column by more than chance, shape (pairs,).

    Two people of one name in one town may be equal by chance where a table has no other columns.
    In a list of one column, equal values are the only evidence there can be. They are none beside
    columns that tell every record apart: three hundred numbers, each with a flag, yes or no, are
    not two things.
    """
    columns = column_features(evidence.comparisons.names)
    equal = _in_every_column(evidence.comparisons, columns)
    if len(columns) == 1:
        return np.zeros_like(equal) if evidence.partial and _is_class(evidence, equal) else equal
    if not equal.any():
        return equal
    drawn = evidence.background
    alike = np.column_stack([_equal_in(drawn.features, part) for part in columns.values()])
    present = np.column_stack(
        [np.isfinite(drawn.features[:, part]).any(axis=1) for part in columns.values()]
    )
    information = -np.log((alike.sum(axis=0) + 1) / (present.sum(axis=0) + 1))
    information[present.sum(axis=0) == 0] = 0.0
    features = evidence.comparisons.features[equal]
    filled = np.column_stack(
        [np.isfinite(features[:, part]).any(axis=1) for part in columns.values()]
    )
    share = float(_in_every_column(drawn, columns).mean()) if len(drawn) else 0.0
    often = max(float(equal.sum()), evidence.total * share)
    equal[equal] = filled @ information >= np.log(max(evidence.total, 1.0) / often)
    return equal


def _is_class(evidence: Evidence, equal: NDArray[np.bool_]) -> bool:
    """Return whether the values are few among many records."""
    pairs = evidence.comparisons.pairs
    value = groups_of_pairs((pairs.left[equal], pairs.right[equal]), evidence.n_records)
    return bool(MEMBERS * (int(value.max()) + 1) <= evidence.n_records)


def _in_every_column(
    comparisons: Compared, columns: Mapping[str, Sequence[int]]
) -> NDArray[np.bool_]:
    """Return which pairs have equal values, or none, in every column, shape (pairs,)."""
    names, features = comparisons.names, comparisons.features
    equal = np.ones(len(features), np.bool_)
    if "record:one_present" in names:
        equal &= features[:, names.index("record:one_present")] == 0
    if "record:grams" in names:
        equal &= features[:, names.index("record:grams")] >= EQUAL
    rows = np.flatnonzero(equal)  # few are left to be looked at column by column
    features = features[rows]
    met = np.zeros(len(rows), np.bool_)
    for part in columns.values():
        present = np.isfinite(features[:, part]).any(axis=1)
        equal[rows] &= ~present | _equal_in(features, part)
        met |= present
    equal[rows] &= met
    return equal


def _equal_in(features: NDArray[np.float32], part: Sequence[int]) -> NDArray[np.bool_]:
    """Return which pairs have a measure of a column at its maximum, shape (pairs,)."""
    top = np.nan_to_num(features[:, part], nan=-1.0).max(axis=1, initial=-1.0)
    return np.asarray(top >= EQUAL)
