from __future__ import annotations

import pyarrow as pa
import pytest

from matchloop.entities.linkage import match_columns
from matchloop.errors import UsageError

CITIES = ["Malaga", "Porto", "Lyon", "Graz"]


def columns(**values: list[str | None]) -> dict[str, pa.ChunkedArray]:
    return {name: pa.chunked_array([pa.array(column)]) for name, column in values.items()}


def hotels(step: int) -> dict[str, list[str | None]]:
    words = ["Sol", "Mar", "Central", "Rosa", "Parc", "Europa", "Mirador", "Azul"]
    return {
        "name": [f"Hotel {words[n * step % 8]} {words[(n + 3) % 8]}" for n in range(40)],
        "city": [CITIES[n * step % 4] for n in range(40)],
        "phone": [f"+34 95{n * step % 40:02d} 12{n % 10} {n:03d}" for n in range(40)],
        "stars": [str(1 + n % 5) for n in range(40)],
    }


def paired(left: dict[str, pa.ChunkedArray], right: dict[str, pa.ChunkedArray]) -> dict[str, str]:
    return {pair.left: pair.right for pair in match_columns(left, right, keys=("id", "id"))}


def test_columns_of_one_name_are_a_pair_whatever_their_case_and_marks() -> None:
    left = columns(id=["1"], First_Name=["Ann"], city=["Rome"])
    right = columns(id=["2"], firstName=["Bob"], CITY=["Oslo"])

    assert paired(left, right) == {"First_Name": "firstName", "city": "CITY"}


def test_columns_of_other_names_are_paired_by_their_content() -> None:
    names = {"name": "c1", "city": "c2", "phone": "c3"}
    right = {names.get(name, name): values for name, values in hotels(3).items()}
    del right["stars"]

    assert paired(columns(**hotels(1)), columns(**right)) == names


def test_a_column_that_is_like_none_stays_alone() -> None:
    right = columns(colour=["red", "green", "blue"] * 10, weight=["1200", "90000", "5"] * 10)

    assert paired(columns(**hotels(1)), right) == {}


def test_given_pairs_come_first_and_a_column_may_be_without_a_partner() -> None:
    left, right = columns(a=["x"], name=["Ann"]), columns(b=["y"], name=["Ann"])
    pairs = match_columns(left, right, keys=("id", "id"), mapped={"a": "b", "name": None})

    assert [(pair.left, pair.right, pair.reason) for pair in pairs] == [("a", "b", "given")]
    with pytest.raises(UsageError, match="no column 'c' to map; there are 'b', 'name'"):
        match_columns(left, right, keys=("id", "id"), mapped={"a": "c"})
