"""A table is examined like a labelling file: what is certain is repaired, the rest is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from matchloop.data.repair import Diagnosis, examine_table, is_labelling_file
from matchloop.errors import TableError

GERMAN = "Nr;Name;Ort\n1;Müller;Köln\n2;Jäger;Würzburg\n3;Groß;Lübeck\n4;Höfer;Göttingen\n"


def examined(tmp_path: Path, data: bytes, key: str | None = None) -> Diagnosis:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    return examine_table(str(path), key=key)


def kinds(found: Diagnosis) -> list[str]:
    return [one.kind for one in found.findings]


def rows(found: Diagnosis) -> list[list[str]]:
    assert found.table is not None
    return [list(row.values()) for row in found.table.to_pylist()]


def test_a_clean_table_has_no_findings(tmp_path: Path) -> None:
    found = examined(tmp_path, b"id,name\n1,Ann\n2,Tom\n", "id")

    assert found.findings == ()
    assert found.counts == {"kept": 2, "repeated": 0, "left_out": 0}


def test_the_way_a_table_was_read_is_a_repair(tmp_path: Path) -> None:
    found = examined(tmp_path, GERMAN.encode("cp1252"))

    assert [one.message for one in found.repaired] == ["read as cp1252, semicolons between fields"]
    assert rows(found)[0] == ["1", "Müller", "Köln"]


def test_damaged_values_are_repaired(tmp_path: Path) -> None:
    data = "id,name \n1,MÃ¼ller\n2,Tom\x07 Ray\n3, Zed \u200b\n4,SÃ£o João\n5,Dâ€™Arc\n".encode()
    found = examined(tmp_path, data)

    assert sorted(kinds(found)) == ["control", "encoded_twice", "name", "spaces"]
    assert not found.open
    assert found.table is not None
    assert found.table.column("name").to_pylist() == [
        *("Müller", "Tom Ray", "Zed", "São João", "D’Arc"),
    ]


def test_right_text_stays(tmp_path: Path) -> None:
    data = "id,name\n1,Ângela\n2,Ã\n3,Côte d’Azur\n4,Ä–B\n".encode()

    assert examined(tmp_path, data).findings == ()


def test_rows_with_other_numbers_of_values_are_named_and_left_out(tmp_path: Path) -> None:
    data = b'id;name;town\n1;Ann;Bath\n2;Tom;York;x\n3;Zed "the" Kay;Hull;\n4;Bo\n'
    found = examined(tmp_path, data)

    assert [one.row for one in found.open] == [3, 5]
    assert [one.row for one in found.repaired] == [4]
    assert rows(found) == [["1", "Ann", "Bath"], ["3", 'Zed "the" Kay', "Hull"]]
    assert found.counts == {"kept": 2, "repeated": 0, "left_out": 2}


def test_gaps_and_repeats_of_the_key_are_for_a_person(tmp_path: Path) -> None:
    found = examined(tmp_path, b"id,name\n1,Ann\n,Tom\n1,Zed\n", "id")

    assert [one.kind for one in found.open] == ["key_empty", "key_twice"]
    assert [one.kind for one in examined(tmp_path, b"id,name\n1,a\n", "nr").open] == ["key_missing"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html><table></table></html>", "a web page"),
        (b"\xd0\xcf\x11\xe0old", "an old or encrypted workbook"),
        (b"id,name\n", "no records"),
        ("id,name\n1,Björn\n".encode("mac_roman"), "'Björn' in Mac Roman"),
        (b"a, b;c\nd, e;f\n", "--delimiter"),
    ],
)
def test_what_cannot_be_read_is_for_a_person(tmp_path: Path, data: bytes, message: str) -> None:
    found = examined(tmp_path, data)

    assert found.table is None
    assert len(found.open) == 1
    assert message in found.open[0].message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        examine_table(str(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("data", "labels"),
    [
        (b"labeling_set_id,label,id\n", True),
        (b"Labels from Ann\n\nset id;label;nr\n", True),
        ("labeling_set_id\tlabel\n".encode("utf-16"), True),
        (GERMAN.encode("cp1252"), False),
    ],
)
def test_a_labelling_file_is_told_by_its_columns(data: bytes, labels: bool) -> None:
    assert is_labelling_file(data) is labels
