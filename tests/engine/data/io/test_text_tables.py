"""Text files of other programs: read where one reading is possible, refused where two are."""

from __future__ import annotations

from pathlib import Path

import pytest

import matchloop as ml
from matchloop.data.io import read_table, write_table
from matchloop.errors import TableError, UsageError

GERMAN = (
    "Kundennr;Name;Ort;Umsatz;Datum\n"
    "4711;Bäckerei Müller;Köln;1.204,50;03.05.2021\n"
    "4712;Schäfer & Söhne;Würzburg;88,10;31.12.2020\n"
    "4713;Groß KG;Düsseldorf;12.000,00;07.01.2022\n"
)
CITIES = ["Köln", "Würzburg", "Düsseldorf"]
FRENCH = "id,nom,ville\n1,Hélène Lefèvre,Besançon\n2,André Père,Orléans\n3,Zoé Forêt,Évreux\n"
CZECH = "id,jméno,město\n1,Jiří Dvořák,Plzeň\n2,Růžena Nováková,Děčín\n3,Zdeněk Kříž,Třebíč\n"
POLISH = "id,nazwisko,miasto\n1,Wałęsa,Łódź\n2,Wiśniewski,Częstochowa\n3,Zieliński,Gdańsk\n"
RUSSIAN = "id,имя,город\n1,Иванов,Москва\n2,Смирнова,Казань\n3,Кузнецов,Пермь\n"


def placed(tmp_path: Path, data: bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def rows(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None
) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    records = ml.read_records(path, encoding=encoding, delimiter=delimiter)
    return records.table.to_pylist(), records.notes


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (GERMAN, "mac_roman"),
        (GERMAN, "cp850"),
        (FRENCH, "cp1252"),
        (FRENCH, "mac_roman"),
        (CZECH, "cp1250"),
        (POLISH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (GERMAN, "utf-16"),
        (FRENCH, "utf-16-le"),
        (FRENCH, "utf-16-be"),
        (FRENCH, "utf-32"),
    ],
)
def test_an_encoding_is_recognized_and_stated(tmp_path: Path, text: str, encoding: str) -> None:
    plain, _ = rows(placed(tmp_path, text.encode(), "plain.csv"))
    read, notes = rows(placed(tmp_path, text.encode(encoding)))

    assert read == plain
    assert notes[0].startswith("read as ")


def test_a_file_that_reads_well_in_two_encodings_is_refused(tmp_path: Path) -> None:
    path = placed(tmp_path, "id,name\n1,Björn\n2,Ann\n".encode("mac_roman"))

    with pytest.raises(TableError, match=r"line 2.*'Björn' in Mac Roman.*--encoding mac_roman"):
        ml.read_records(path)
    read, _ = rows(path, encoding="mac_roman")
    assert read[0]["name"] == "Björn"


def test_bytes_that_no_encoding_reads_as_text_are_refused(tmp_path: Path) -> None:
    path = placed(tmp_path, b"id,name\n1,a\xd7b\xf7c\xd7\n2,\xa4\xd7x\n")

    with pytest.raises(TableError, match=r"line 2: byte 0xd7 is not UTF-8.*--encoding"):
        ml.read_records(path)


def test_encodings_of_east_asia_are_offered_with_what_they_read(tmp_path: Path) -> None:
    path = placed(tmp_path, "番号,氏名\n1,佐藤 蓮\n2,鈴木 葵\n".encode("shift_jis"))

    with pytest.raises(TableError, match=r"line 1: .*'番号' in cp932 .*--encoding cp932"):
        read_table(path)


def test_a_cut_character_is_not_read_in_another_encoding(tmp_path: Path) -> None:
    whole = "id,name\n1,Müller aus Köln\n2,Jäger\n".encode()

    with pytest.raises(TableError, match="line 2: byte 0xc3 is not UTF-8"):
        ml.read_records(placed(tmp_path, whole.replace(b"ln\n", b"\n", 1)[:24] + b"\n"))


def test_lines_of_another_encoding_among_utf8_are_read_and_named(tmp_path: Path) -> None:
    lines = GERMAN.splitlines(keepends=True)
    mixed = "".join(lines[:2]).encode() + "".join(lines[2:]).encode("cp1252")
    read, notes = rows(placed(tmp_path, mixed))

    assert [row["Ort"] for row in read] == CITIES
    assert notes[0].startswith("lines 3, 4 are cp1252, the others UTF-8")


def test_a_named_encoding_is_used_and_refused_where_it_cannot_be_right(tmp_path: Path) -> None:
    path = placed(tmp_path, "id,name\n1,東京\n2,大阪\n".encode("shift_jis"))

    read, notes = rows(path, encoding="shift_jis")
    assert [row["name"] for row in read] == ["東京", "大阪"]
    assert notes[0] == "read as shift_jis"
    with pytest.raises(UsageError, match="no such encoding"):
        ml.read_records(path, encoding="klingon")
    with pytest.raises(TableError, match="line 2: byte 0x93 is not ascii"):
        ml.read_records(path, encoding="ascii")
    with pytest.raises(UsageError, match="is UTF-8 and --encoding cp1252 was given"):
        ml.read_records(placed(tmp_path, FRENCH.encode(), "u.csv"), encoding="cp1252")


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "^", "~", ":"])
def test_a_delimiter_is_recognized_and_stated(tmp_path: Path, delimiter: str) -> None:
    text = "id,name,city\n1,Ann Lee,Bath\n2,Tom Ray,York\n".replace(",", delimiter)
    read, notes = rows(placed(tmp_path, text.encode(), "t.txt"))

    assert read[1] == {"id": "2", "name": "Tom Ray", "city": "York"}
    assert "between fields" in notes[0]


def test_commas_in_a_header_of_semicolons_do_not_cut_it(tmp_path: Path) -> None:
    text = "id;Name, Vorname;Ort\n1;Lee, Ann;Bath\n2;Ray;York\n"
    read, _ = rows(placed(tmp_path, text.encode()))

    assert read[0] == {"id": "1", "Name, Vorname": "Lee, Ann", "Ort": "Bath"}


def test_two_delimiters_that_fit_alike_are_refused(tmp_path: Path) -> None:
    path = placed(tmp_path, b"Name, Vorname;Ort\nLee, Ann;Bath\nRay, Tom;York\n")

    with pytest.raises(TableError, match=r"',' cuts every row into 2 fields.*--delimiter ';'"):
        ml.read_records(path)
    read, _ = rows(path, delimiter=";")
    assert read[0]["Ort"] == "Bath"
    with pytest.raises(TableError, match=r"the header holds no '\|'"):
        ml.read_records(path, delimiter="|")
    with pytest.raises(UsageError, match="expected one ASCII character"):
        ml.read_records(path, delimiter=";;")


@pytest.mark.parametrize(
    "text",
    [
        "Name, Vorname, Titel, Rolle;Ort\nLee, Ann, Dr, x;Bath\nRay, Tom, Dr, y;York\n",
        "Artikel, Nr;Preis\nSchraube;2,50\nMutter;1,20\nScheibe;0,90;\n",
    ],
)
def test_a_delimiter_in_header_and_rows_is_never_passed_over(tmp_path: Path, text: str) -> None:
    with pytest.raises(TableError, match="--delimiter ',' or --delimiter ';'"):
        ml.read_records(placed(tmp_path, text.encode()))


def test_a_first_line_that_names_the_delimiter_is_no_header(tmp_path: Path) -> None:
    read, _ = rows(placed(tmp_path, b"sep=;\r\nid;name, first\r\n1;Lee, Ann\r\n"))

    assert read == [{"id": "1", "name, first": "Lee, Ann"}]


def test_quotes_that_backslashes_escape_are_read(tmp_path: Path) -> None:
    text = (
        'id,title,note\n1,"The \\"fat tail\\" of risk, revisited","C:\\\\temp"\n'
        '2,"Bees, and \\"trees\\"",\\N\n'
    )
    read, notes = rows(placed(tmp_path, text.encode()))

    assert read[0]["title"] == 'The "fat tail" of risk, revisited'
    assert read[0]["note"] == "C:\\temp"
    assert read[1] == {"id": "2", "title": 'Bees, and "trees"', "note": None}
    assert notes[0] == "quotes escaped by backslashes"


def test_a_backslash_at_the_end_of_a_value_stays(tmp_path: Path) -> None:
    read, _ = rows(placed(tmp_path, b'id,path,name\n1,"C:\\temp\\",Ann\n2,"D:\\",Tom\n'))

    assert [row["path"] for row in read] == ["C:\\temp\\", "D:\\"]


def test_broken_quotes_stay_refused_where_escapes_do_not_mend_them(tmp_path: Path) -> None:
    path = placed(tmp_path, b'id,name\n1,"Ann \\"the" Lee\n2,Tom\n')

    with pytest.raises(TableError, match="line 2"):
        ml.read_records(path)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_result_is_written_in_the_dialect_of_its_input(tmp_path: Path, name: str) -> None:
    records = ml.read_records(placed(tmp_path, GERMAN.encode("cp1252")))
    table = records.table.append_column("score", [[0.25, 0.5, 1.0]])
    write_table(table, tmp_path / name, dialect=records.dialect)

    again = ml.read_records(tmp_path / name)
    assert again.dialect == records.dialect
    assert [row["Ort"] for row in again.table.to_pylist()] == CITIES
    assert again.table.column("score").to_pylist() == ["0,25", "0,5", "1"]


def test_a_character_that_the_encoding_lacks_makes_the_result_utf8(tmp_path: Path) -> None:
    records = ml.read_records(placed(tmp_path, GERMAN.encode("cp1252")))
    table = records.table.append_column("greek", [["α", "β", "γ"]])
    written = write_table(table, tmp_path / "out.csv", dialect=records.dialect)

    assert written.encoding == "utf-8"
    assert "α" in (tmp_path / "out.csv").read_text("utf-8")


def test_a_utf16_result_has_one_byte_order_mark(tmp_path: Path) -> None:
    records = ml.read_records(placed(tmp_path, FRENCH.encode("utf-16")))
    write_table(records.table, tmp_path / "out.csv", dialect=records.dialect)

    assert (tmp_path / "out.csv").read_bytes().decode("utf-16") == FRENCH


def test_reading_without_notes_leaves_nothing_out(tmp_path: Path) -> None:
    path = placed(tmp_path, "id;name\n1;Köln\n;\n".encode("cp1252"))

    assert read_table(path).num_rows == 2
