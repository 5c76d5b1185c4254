from __future__ import annotations

import pyarrow as pa
import pytest

from matchloop.data.records import Kind, Records
from matchloop.data.text.unreadable import without_unreadable
from matchloop.data.views import Views

DECODED_TWICE = "\ufffd".encode().decode("latin-1")


def read(values: list[str | None]) -> list[str | None]:
    read: list[str | None] = without_unreadable(pa.array(values, pa.string())).to_pylist()
    return read


@pytest.mark.parametrize(
    "value",
    ["\ufffd", "\ufffd\ufffd\ufffd \ufffd\ufffd", "????? ????", "??, ?????r", 3 * DECODED_TWICE]
    + ["K\ufffd\ufffd\ufffd\ufffdn"],
)
def test_what_is_mostly_replacement_characters_is_no_value(value: str) -> None:
    assert read(["Ann", value, None]) == ["Ann", None, None]


@pytest.mark.parametrize(
    "value",
    ["M\ufffdller", "Jos\ufffd", f"M{DECODED_TWICE}ller", "Who?", "what?? really", "a?", "+++", ""],
)
def test_what_can_still_be_read_is_kept(value: str) -> None:
    assert read(["Ann", value]) == ["Ann", value]


def test_lost_values_are_missing_to_every_stage() -> None:
    names = ["Анна Смирнова", "???? ????????", "???? ????????", "Ольга Иванова"]
    table = pa.table({"key": ["1", "2", "3", "4"], "name": names})

    views = Views(Records(table, "key", {"name": Kind.NAME}))

    assert views.present("name").tolist() == [True, False, False, True]
