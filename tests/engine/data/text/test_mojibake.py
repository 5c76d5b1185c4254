"""Values decoded in the wrong encoding equal the values that were meant."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.records import Kind, Records
from matchloop.data.text.mojibake import with_utf8_restored
from matchloop.data.views import Views

NAMES = [
    "José",
    "Müller",
    "Łódź",
    "Анна Смирнова",
    "東京都",
    "عمر",
    "Nguyễn Văn Đức",
    "naïve — “quoted”",
]


def restored(values: list[str | None]) -> list[str | None]:
    read: list[str | None] = with_utf8_restored(pa.array(values, pa.string())).to_pylist()
    return read


def windows(text: str) -> str:
    """Return the text as a program read it that took its UTF-8 bytes for Windows-1252."""
    shown = (bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())
    return "".join(shown)


@pytest.mark.parametrize("name", NAMES)
def test_text_decoded_in_the_wrong_encoding_is_decoded_anew(name: str) -> None:
    assert restored([name.encode().decode("latin-1")]) == [name]
    assert restored([windows(name)]) == [name]


@pytest.mark.parametrize("name", ["josé", "müller", "tõnu", "são josé"])
def test_it_is_also_where_the_text_was_made_lower_case_afterwards(name: str) -> None:
    assert restored([windows(name).lower()]) == [name]


@pytest.mark.parametrize(
    "value",
    [*NAMES, "CAFÉ®", "São", "«Ã»", "2 m² à 5 €", "Ã© and 東京", "Ð°", "Intelï¿½ Xeonï¿½"],
)
def test_text_that_may_be_meant_stays(value: str) -> None:
    assert restored(["Ann", value, None, ""]) == ["Ann", value, None, ""]


@given(st.lists(st.one_of(st.none(), st.text()), max_size=5))
def test_only_text_that_is_not_ascii_ever_changes(values: list[str | None]) -> None:
    for before, after in zip(values, restored(values), strict=True):
        assert before == after or (before is not None and not before.isascii())


def test_both_ways_of_reading_a_name_are_equal_to_every_stage() -> None:
    names = [
        "Анна Смирнова",
        "Анна Смирнова".encode().decode("latin-1"),
        "Müller",
        windows("Müller"),
    ]
    table = pa.table({"key": ["1", "2", "3", "4"], "name": names})

    views = Views(Records(table, "key", {"name": Kind.NAME}))

    assert views.folded("name").to_pylist() == ["анна смирнова"] * 2 + ["muller"] * 2
