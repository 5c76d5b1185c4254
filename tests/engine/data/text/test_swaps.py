"""Which two columns hold each other's value in some records."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.text.swaps import AT_HOME, LEAST, swapped_columns

GIVEN = ["anna", "bert", "carl", "dora", "emil", "frida"]
FAMILY = ["lang", "neumann", "weber", "vogel", "kraus", "becker"]
TOWNS = ["jena", "fulda", "trier", "gera", "celle", "north"]


def hashes(values: list[str]) -> NDArray[np.uint64]:
    words = sorted({*GIVEN, *FAMILY, *TOWNS, "south", "east", *values} - {""})
    numbers = np.array([words.index(value) + 1 if value else 0 for value in values], np.uint64)
    return numbers * np.uint64(0x2545F4914F6CDD1D)


def test_a_given_name_and_a_surname_that_some_records_swap_are_found() -> None:
    given_names, families = GIVEN * 4, FAMILY * 4
    for slip in range(3):
        given_names[slip], families[slip] = families[slip], given_names[slip]

    found = swapped_columns({"given": hashes(given_names), "family": hashes(families)})

    assert found == ["given", "family"]


def test_two_slips_are_too_few() -> None:
    given_names, families = [*GIVEN, *GIVEN[:2]], [*FAMILY, *FAMILY[:2]]
    given_names[:2], families[:2] = families[:2], given_names[:2]

    assert swapped_columns({"given": hashes(given_names), "family": hashes(families)}) == []


def test_there_and_back_is_not_a_slip() -> None:
    start = ["north", "south", "north", "east", "south", "east"] * 3
    end = ["south", "north", "east", "north", "east", "south"] * 3

    assert swapped_columns({"from": hashes(start), "to": hashes(end)}) == []


def test_of_three_columns_the_two_that_are_swapped_most_are_taken() -> None:
    given_names, families, towns = GIVEN * 6, FAMILY * 6, TOWNS * 6
    for slip in range(5):
        families[slip], given_names[slip] = given_names[slip], families[slip]
    for slip in range(6, 8):
        towns[slip], given_names[slip] = given_names[slip], towns[slip]

    columns = {"town": towns, "given": given_names, "family": families}

    assert swapped_columns({name: hashes(values) for name, values in columns.items()}) == [
        "given",
        "family",
    ]


VALUES = st.lists(
    st.tuples(st.sampled_from(["", "a", "b", "c", "d"]), st.sampled_from(["", "a", "b", "x", "y"])),
    max_size=40,
)


@given(VALUES)
def test_the_count_is_that_of_the_definition(rows: list[tuple[str, str]]) -> None:
    filled = [(one, other) for one, other in rows if one and other and one != other]
    count = sum((other, one) in filled for one, other in filled)
    homes = []
    for place in (0, 1):
        here, there = (Counter(row[at] for row in filled) for at in (place, 1 - place))
        homes.append(sum(here[row[place]] > there[row[place]] for row in filled))
    expected = count >= LEAST and min(homes) >= AT_HOME * len(filled)

    found = swapped_columns(
        {"one": hashes([row[0] for row in rows]), "other": hashes([row[1] for row in rows])}
    )

    assert bool(found) == expected
