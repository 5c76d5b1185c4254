from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from matchloop.errors import InputError
from matchloop.lab.simulation.report import LabReport, draw_report, write_figures, write_report

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

FIGURES = [
    "curves",
    "curves-log",
    "critical-difference",
    "labels-saved",
    "starts",
    "sets-and-pairs",
    "noise",
    "asked-matches",
    "asked-probabilities",
]


@pytest.fixture(scope="module")
def drawn(experiment: Path) -> LabReport:
    return draw_report([experiment])


def test_every_figure_is_drawn(drawn: LabReport) -> None:
    assert [chart.name for chart in drawn.charts] == FIGURES
    assert all(chart.rows for chart in drawn.charts)
    assert all(len(row) == len(chart.heads) for chart in drawn.charts for row in chart.rows)


def test_the_page_needs_nothing_but_itself(drawn: LabReport, tmp_path: Path) -> None:
    write_report(drawn, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")

    assert page.count("<svg ") == len(FIGURES)
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page) == []
    assert "<script" not in page
    for words in ("margin, random start", "What it does not show", "uniform", "matchloop 0."):
        assert words in page
    for digest in drawn.data.values():
        assert digest in page


def test_the_same_results_give_the_same_bytes(
    experiment: Path, drawn: LabReport, tmp_path: Path
) -> None:
    shutil.copytree(experiment, tmp_path / "copy")
    first, second = drawn, draw_report([tmp_path / "copy"])
    write_report(first, tmp_path / "1.html")
    write_report(second, tmp_path / "2.html")
    one = write_figures(first, tmp_path / "one")
    two = write_figures(second, tmp_path / "two")

    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "2.html").read_bytes()
    assert [path.name for path in one] == [f"{n}.{s}" for n in FIGURES for s in ("png", "pdf")]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_one_table_and_one_seed_still_make_a_page(experiment: Path, tmp_path: Path) -> None:
    shutil.copytree(experiment, tmp_path / "small")
    for run in (tmp_path / "small" / "runs").iterdir():
        if not re.match(r"people-(margin|random)-s0-", run.name):
            shutil.rmtree(run)
    report = draw_report([tmp_path / "small"])
    write_report(report, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")

    assert "critical-difference" not in [chart.name for chart in report.charts]
    assert "One table: there is no test over tables" in page
    assert "One seed: there is no interval" in page


def test_a_folder_without_its_description_is_refused(experiment: Path, tmp_path: Path) -> None:
    shutil.copytree(experiment, tmp_path / "copy")
    (tmp_path / "copy" / "experiment.json").write_text("{}", encoding="utf-8")

    with pytest.raises(InputError, match="experiment.json cannot be read"):
        draw_report([tmp_path / "copy"])
