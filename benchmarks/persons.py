"""Make a table of persons with known duplicates, of any size: the same seed gives the same bytes.

Ten fields (given, surname, dob, street_no, street, suburb, postcode, state, phone, email), a row
number ``id`` and the entity ``ent``. About 28 of 100 rows repeat an earlier person with 0 to 5
errors: typing errors, fields left empty, given name and surname swapped, an initial for a given
name, a value of somebody else; one repeat in ten has moved house, one in seven has a new phone.
Then 1 to 35 of 100 values are lost, column by column. Names and streets have long-tailed
frequencies, so that agreement on a common name says little.

A :class:`Population` changes any of that: households, twins, fathers and sons of one name,
namesakes, movers, missing dates, few names, more or fewer errors, no repeat at all, 4 to 14
columns, dates of birth in three columns. The default population keeps its bytes: ``speed.py``
depends on it.

    python benchmarks/persons.py 1000000 persons1m.parquet
    python benchmarks/persons.py 2000 families.parquet --set households=0.8 --set missing_dates=0.25
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from households import HOME, chosen_columns, relate

__all__ = ["FIELDS", "Population", "make_persons"]

FIELDS = (
    "given",
    "surname",
    "dob",
    "street_no",
    "street",
    "suburb",
    "postcode",
    "state",
    "phone",
    "email",
)
#: Share of values lost per column after all else.
LOST = dict(zip(FIELDS, (0.01, 0.01, 0.08, 0.05, 0.03, 0.04, 0.05, 0.02, 0.25, 0.35), strict=True))
#: How often an error falls on a column.
ERRORS = np.array([0.2, 0.2, 0.12, 0.06, 0.12, 0.1, 0.06, 0.02, 0.06, 0.06])
PERSONS_PER_GROUP = {1: 0.72, 2: 0.18, 3: 0.06, 4: 0.03, 5: 0.01}
EDITS_PER_REPEAT = (0.05, 0.25, 0.3, 0.2, 0.12, 0.08)

SINGLE = ("b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z")
ONSETS = (
    *SINGLE,
    "br",
    "ch",
    "cl",
    "dr",
    "fr",
    "gl",
    "gr",
    "kn",
    "pl",
    "sh",
    "sl",
    "st",
    "th",
    "tr",
    "wh",
)
VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ea", "ee", "ie", "oo", "ou")
CODAS = ("", "", "", "d", "ck", "l", "n", "nd", "r", "rt", "s", "son", "t", "ton", "well", "x")
LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"

Column = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Population:
    """Options of :func:`make_persons`.

    Parameters
    ----------
    sizes
        Share of persons by their number of rows; ``{1: 1.0}`` makes a list without duplicates.
    dirt
        Errors per repeat, as a multiple of the usual number.
    lost
        Missing values, as a multiple of the usual number.
    missing_dates
        Share of missing dates of birth; None leaves it to ``lost``.
    movers
        Share of repeats with another address.
    given_names, surnames, streets, suburbs
        How many different names there are; 9,000 suburbs at most.
    households
        Share of persons who live in a household of two to six: one address, mostly one surname
        and one phone, sometimes one e-mail address.
    juniors
        Share of households with a child in which that child has the given name of a parent.
    twins
        Share of households with two children in which both have the same date of birth.
    namesakes
        Share of persons who have first and last name of another person.
    columns
        Number of columns, 4 to 14: fewer or more than the ten of :data:`FIELDS`.
    split_dates
        Write the date of birth into three number columns, which count as one.
    """

    sizes: Mapping[int, float] = field(default_factory=lambda: PERSONS_PER_GROUP)
    dirt: float = 1.0
    lost: float = 1.0
    missing_dates: float | None = None
    movers: float = 0.10
    given_names: int = 6_000
    surnames: int = 60_000
    streets: int = 25_000
    suburbs: int = 6_000
    households: float = 0.0
    juniors: float = 0.05
    twins: float = 0.2
    namesakes: float = 0.0
    columns: int = 10
    split_dates: bool = False


def make_persons(rows: int, *, seed: int = 0, population: Population | None = None) -> pa.Table:
    """Return a table of persons with duplicates.

    Parameters
    ----------
    rows
        Number of rows.
    seed
        Decides everything.
    population
        Who lives there and how they are recorded.

    Returns
    -------
    pa.Table
        Columns ``id``, the ten of :data:`FIELDS` (or those that the population asks for) as text
        with nulls, ``ent``; rows in no order.
    """
    live = population or Population()
    rng = np.random.default_rng(seed)
    # What only options need draws from a stream of its own: the default keeps its bytes.
    more = np.random.default_rng([seed, 1])
    entity, repeats = _groups(rng, rows, live.sizes)
    clean = _people(rng, int(entity[-1]) + 1, live)
    relate(more, clean, live.households, live.juniors, live.twins, live.namesakes)
    columns = {name: clean[name][entity] for name in FIELDS}
    _move(rng, columns, clean, repeats, live.movers)
    _err(rng, columns, clean, repeats[more.random(len(repeats)) < live.dirt])
    for again in range(1, int(np.ceil(live.dirt))):
        _err(more, columns, clean, repeats[more.random(len(repeats)) < live.dirt - again])
    lost = {name: min(0.95, live.lost * share) for name, share in LOST.items()}
    if live.missing_dates is not None:
        lost["dob"] = live.missing_dates
    for name, share in lost.items():
        columns[name][rng.random(rows) < share] = ""
    order = rng.permutation(rows)
    made: dict[str, pa.Array] = {"id": pa.array(np.arange(rows, dtype=np.int32))}
    columns = chosen_columns(more, columns, entity, live.columns, split_dates=live.split_dates)
    for name, column in columns.items():
        text = column[order]
        made[name] = pa.array(text, pa.string(), mask=text == "")
    made["ent"] = pa.array(entity[order].astype(np.int32))
    return pa.table(made)


def _groups(
    rng: np.random.Generator, rows: int, sizes: Mapping[int, float]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the entity of each row, and which rows repeat an earlier one."""
    size = rng.choice(list(sizes), p=list(sizes.values()), size=rows)
    entity = np.repeat(np.arange(rows), size)[:rows]
    return entity, np.flatnonzero(np.append(False, entity[1:] == entity[:-1]))


def _words(rng: np.random.Generator, count: int, syllables: tuple[int, ...]) -> Column:
    """Return distinct made-up words in random order."""
    words = np.array([], dtype=object)
    while len(words) < count:
        length = rng.choice(syllables, size=2 * count)
        built = np.full(2 * count, "", dtype=object)
        for place in range(max(syllables)):
            onset = np.array(ONSETS, object)[rng.integers(0, len(ONSETS), 2 * count)]
            vowel = np.array(VOWELS, object)[rng.integers(0, len(VOWELS), 2 * count)]
            built = np.where(place < length, built + onset + vowel, built)
        built = built + np.array(CODAS, object)[rng.integers(0, len(CODAS), 2 * count)]
        words = np.unique(np.append(words, built).astype(str)).astype(object)
    return rng.permutation(words)[:count]


def _long_tail(
    rng: np.random.Generator, kinds: int, size: int, exponent: float
) -> NDArray[np.int64]:
    """Draw numbers below ``kinds``; number i comes with weight (i + 1) ** -exponent."""
    reach = np.cumsum(np.arange(1.0, kinds + 1) ** -exponent)
    drawn = np.searchsorted(reach, rng.random(size) * reach[-1])
    below: NDArray[np.int64] = np.minimum(drawn, kinds - 1).astype(np.int64)
    return below


def _people(rng: np.random.Generator, count: int, live: Population) -> dict[str, Column]:
    """Return the true values of each person."""

    def text(numbers: NDArray[np.int64]) -> Column:
        return numbers.astype(str).astype(object)

    firsts, lasts = live.given_names, live.surnames
    given = _words(rng, firsts, (1, 2, 2, 3))[_long_tail(rng, firsts, count, 0.85)]
    surname = _words(rng, lasts, (2, 2, 3))[_long_tail(rng, lasts, count, 0.75)]
    place = _long_tail(rng, live.suburbs, count, 0.6)
    born = rng.integers(1930, 2010, count) * 10_000
    born += rng.integers(1, 13, count) * 100 + rng.integers(1, 29, count)
    way = np.array([" street", " road", " avenue", " drive", " place", " court"], object)
    host = np.array(["gmail.com", "yahoo.com", "outlook.com", "mail.net"], object)
    state = np.array(["nsw", "vic", "qld", "wa", "sa", "tas", "act", "nt"], object)
    street = _words(rng, live.streets, (2, 2, 3))[_long_tail(rng, live.streets, count, 0.5)]
    number = text(rng.integers(0, 99, count))
    return {
        "given": given,
        "surname": surname,
        "dob": text(born),
        "street_no": text(rng.integers(1, 400, count)),
        "street": street + way[rng.integers(0, len(way), count)],
        "suburb": _words(rng, live.suburbs, (2, 3))[place],
        "postcode": text(1000 + rng.permutation(9_000)[: live.suburbs])[place],
        "state": state[place % len(state)],
        "phone": "04" + text(rng.integers(10_000_000, 100_000_000, count)),
        "email": given + "." + surname + number + "@" + host[rng.integers(0, len(host), count)],
    }


def _move(
    rng: np.random.Generator,
    columns: dict[str, Column],
    clean: dict[str, Column],
    repeats: NDArray[np.int64],
    movers: float,
) -> None:
    """Give some repeats another address or another phone."""
    for share, names in ((movers, HOME), (0.15, ("phone",))):
        rows = repeats[rng.random(len(repeats)) < share]
        other = rng.integers(0, len(clean["given"]), len(rows))
        for name in names:
            columns[name][rows] = clean[name][other]


def _err(
    rng: np.random.Generator,
    columns: dict[str, Column],
    clean: dict[str, Column],
    repeats: NDArray[np.int64],
) -> None:
    """Put 0 to 5 errors into each repeat."""
    count = rng.choice(len(EDITS_PER_REPEAT), p=EDITS_PER_REPEAT, size=len(repeats))
    for turn in range(1, len(EDITS_PER_REPEAT)):
        rows = repeats[count >= turn]
        field = rng.choice(len(FIELDS), p=ERRORS, size=len(rows))
        sort = rng.random(len(rows))
        for number, name in enumerate(FIELDS):
            here, how = rows[field == number], sort[field == number]
            column = columns[name]
            typed, emptied = here[how < 0.70], here[(how >= 0.70) & (how < 0.82)]
            column[typed] = _mistype(rng, column[typed])
            column[emptied] = ""
            swapped = here[(how >= 0.82) & (how < 0.88)] if number < 2 else here[:0]
            given = columns["given"][swapped].copy()
            columns["given"][swapped] = columns["surname"][swapped]
            columns["surname"][swapped] = given
            cut = here[(how >= 0.88) & (how < 0.94)] if number == 0 else here[:0]
            column[cut] = [value[:1] for value in column[cut]]
            strange = here[how >= (0.94 if number == 0 else 0.88 if number == 1 else 0.82)]
            column[strange] = clean[name][rng.integers(0, len(clean[name]), len(strange))]


def _mistype(rng: np.random.Generator, values: Column) -> list[str]:
    """Return each value with one letter replaced, inserted, dropped, or two changed round."""
    chance = rng.random((len(values), 2))
    sort = rng.integers(0, 4, len(values))
    made = []
    for value, (where, which), how in zip(values, chance, sort.tolist(), strict=True):
        if not value:
            made.append(value)
            continue
        at = int(where * len(value))
        pool = DIGITS if value[at].isdigit() else LETTERS
        letter = pool[int(which * len(pool))]
        if how == 0 or len(value) == 1:
            made.append(value[:at] + letter + value[at + 1 :])
        elif how == 1:
            made.append(value[:at] + letter + value[at:])
        elif how == 2:
            made.append(value[:at] + value[at + 1 :])
        else:
            at = min(at, len(value) - 2)
            made.append(value[:at] + value[at + 1] + value[at] + value[at + 2 :])
    return made


def main() -> None:
    """Write a table as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE")
    options = parser.parse_args()
    known = {each.name for each in fields(Population)}
    given = dict(each.split("=", 1) for each in options.set if "=" in each)
    if len(given) < len(options.set) or not known >= set(given):
        parser.error(f"--set {' '.join(options.set)}: expected OPTION=VALUE of {sorted(known)}")
    population = Population(**{name: ast.literal_eval(value) for name, value in given.items()})
    pq.write_table(
        make_persons(options.rows, seed=options.seed, population=population), options.out
    )


if __name__ == "__main__":
    main()
