"""Tables of one or two compared columns, matched without labels."""

from __future__ import annotations

import uuid

import numpy as np
import pyarrow as pa
import pytest

from matchloop.data.io import read_records
from matchloop.data.records import Records
from matchloop.matching.matcher import Matcher

FIRST = [
    "Ana",
    "Bruno",
    "Carla",
    "Diogo",
    "Elsa",
    "Fausto",
    "Gil",
    "Helena",
    "Ivo",
    "Joana",
    "Lia",
    "Mateus",
]
LAST = [
    "Alves",
    "Barros",
    "Couto",
    "Duarte",
    "Esteves",
    "Farinha",
    "Gomes",
    "Horta",
    "Leal",
    "Mota",
    "Nobre",
    "Pires",
]


def linked_people(namesakes: str) -> Records:
    """Return two lists of the same names; in ``namesakes`` of the rows, of another birth date."""
    rng = np.random.default_rng(3)
    rows: list[dict[str, str]] = []
    for number, place in enumerate(rng.permutation(len(FIRST) * len(LAST))[:100]):
        name = f"{FIRST[place % len(FIRST)]} {LAST[place // len(FIRST)]}"
        born, other = (np.datetime64("1930-01-01") + rng.integers(0, 25_000, 2)).astype(str)
        is_other = number % 2 == 0 if namesakes == "half" else namesakes == "all"
        rows.append({"id": f"a{number}", "list": "a", "name": name, "born": born})
        rows.append(
            {
                "id": f"b{number}",
                "list": "b",
                "name": name.upper(),
                "born": other if is_other else born,
            }
        )
    return read_records(pa.Table.from_pylist(rows), key="id", source="list")


@pytest.mark.parametrize("namesakes", ["none", "half"])
def test_people_of_one_name_are_linked_where_they_were_born_on_one_day(namesakes: str) -> None:
    people = linked_people(namesakes)

    match_id = Matcher().fit(people).find_matches(people).match_id

    keys = people.table["id"].to_pylist()
    group = dict(zip(keys, match_id, strict=True))
    born = dict(zip(keys, people.table["born"].to_pylist(), strict=True))
    for number in range(100):
        left, right = f"a{number}", f"b{number}"
        assert (group[left] == group[right]) == (born[left] == born[right])


def flags(**others: list[str]) -> Records:
    rng = np.random.default_rng(0)
    flag = rng.choice(["yes", "no"], 300).tolist()
    table = pa.table({"id": [str(row) for row in range(300)], "flag": flag, **others})
    return read_records(table, key="id")


def test_a_list_of_equal_values_is_grouped_by_them() -> None:
    records = flags()

    assert len(set(Matcher().fit(records).find_matches(records).match_id)) == 2


def test_flags_of_records_that_a_random_value_tells_apart_group_none() -> None:
    rng = np.random.default_rng(0)
    records = flags(guid=[str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(300)])

    assert records.columns == ("flag",)
    assert len(set(Matcher().fit(records).find_matches(records).match_id)) == 300
