"""``matchloop profile`` shows what was understood, in the terminal, as JSON and as a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matchloop.cli import main

TEXT = "Firma;Ort;Umsatz\n" + "".join(
    f"Müller {n};{'Köln' if n % 2 else 'Würzburg'};{n},50\n" for n in range(30)
)


@pytest.fixture
def firms(tmp_path: Path) -> Path:
    path = tmp_path / "firmen.csv"
    path.write_bytes(f"{TEXT}<b>Groß & Söhne</b>;k.A.;999.999,00\n".encode("cp1252"))
    return path


def test_the_terminal_shows_what_was_understood(
    firms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", str(firms)]) == 0
    shown = capsys.readouterr().out

    assert "31 records, 4 columns" in shown
    assert "- read as cp1252, semicolons between fields, decimal commas" in shown
    assert "Ort: 'k.A.' says that a value is missing (1 rows)" in shown
    assert "Umsatz: far from the other numbers, 1 row: '999.999,00' (record 31)" in shown


def test_json_holds_the_same(firms: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", str(firms), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert found["rows"] == 31
    assert [one["kind"] for one in found["columns"]] == [None, "name", "name", "number"]
    assert found["columns"][2]["top"][0] == {"value": "Köln", "rows": 15}


def test_the_page_shows_values_as_text(firms: Path) -> None:
    page = firms.with_suffix(".html")

    assert main(["profile", str(firms), "--html", str(page)]) == 0
    html = page.read_text("utf-8")
    assert "<title>Profile of firmen.csv</title>" in html
    assert "&lt;b&gt;Groß &amp; Söhne&lt;/b&gt;" in html
    assert "<b>Groß" not in html
