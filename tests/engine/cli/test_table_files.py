"""Every command that reads a table reads it alike, and takes the same three options."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer.main

from matchloop.cli import main
from matchloop.cli.app import build
from matchloop.errors import UsageError

READERS = [
    "match",
    "stack",
    "ask",
    "train",
    "evaluate",
    "explain",
    "agree",
    "check-labels",
    "promote",
]
TOWNS = ["Köln", "Würzburg", "Düsseldorf", "Nürnberg"]


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    lines = ["Name;Straße;Ort;Umsatz"]
    for number in range(40):
        town = TOWNS[number % 4]
        lines.append(f"Bäckerei Müller {number};Königsallee {3 * number};{town};{number},50")
        if number % 4 == 0:
            lines.append(f"Baeckerei Müller {number};Königsallee {3 * number};{town};{number},50")
    path = tmp_path / "kunden.csv"
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1252"))
    return path


@pytest.mark.parametrize("command", READERS)
def test_every_reader_of_tables_has_the_options(command: str) -> None:
    options = {
        name
        for param in typer.main.get_group(build()).commands[command].params
        for name in param.opts
    }

    assert {"--encoding", "--delimiter", "--sheet"} <= options


def test_a_result_goes_back_in_the_dialect_it_came_in(
    customers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = customers.with_name("out.csv")

    assert main(["match", str(customers), "-o", str(out)]) == 0
    shown = capsys.readouterr().err
    head, first, *_ = out.read_bytes().decode("cp1252").splitlines()
    assert head == "row;Name;Straße;Ort;Umsatz;match_id;match_confidence_score"
    assert first.startswith("1;Bäckerei Müller 0;Königsallee 0;Köln;0,50;0;")
    assert len(first.rpartition(",")[2]) <= 4
    assert f"{customers}: read as cp1252, semicolons between fields, decimal commas\n" in shown
    assert "'row' numbers them" in shown


def test_an_option_that_is_wrong_is_one_line(
    customers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = customers.with_name("out.csv")
    code = main(["match", str(customers), "--delimiter", "|", "-o", str(out)])

    assert code == 1
    assert "the header holds no '|'" in capsys.readouterr().err
    assert not out.exists()


def test_an_incremental_run_has_to_name_its_key(
    customers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["match", str(customers), "--incremental", "a.csv", "-o", "b.csv"]

    assert main(arguments) == UsageError.exit_code
    assert "--incremental needs --key" in capsys.readouterr().err


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"])
def test_decimal_commas_are_recognized_behind_thousands_set_apart_by_spaces(
    tmp_path: Path, space: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "clients.csv"
    lines = [f"{n};client {n % 9};{n}{space}{100 + n},{n % 90 + 10}" for n in range(1, 40)]
    path.write_text("\n".join(["id;nom;solde", *lines]), encoding="utf-8")

    assert main(["profile", str(path)]) == 0
    assert "decimal commas" in capsys.readouterr().out
