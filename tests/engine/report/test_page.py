from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from matchloop.errors import OutputError
from matchloop.matching.explaining import Contribution, Explanation
from matchloop.report import (
    CurvePoint,
    ExplainedPair,
    GroupTable,
    Report,
    Tile,
    render,
    write_report,
)

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

EXPLANATION = Explanation(
    "left <key>",
    "right",
    0.9,
    0.2,
    (
        Contribution("name", "Ann & Bob", None, 0.8, {"jaro": 0.9}),
        Contribution("rivals", None, None, -0.1, {"gap": None}),
    ),
)


@pytest.fixture
def report() -> Report:
    rng = np.random.default_rng(0)
    probability = rng.random(500)
    return Report(
        title="Matching <b>people</b>",
        subtitle="Five records.",
        tiles=(Tile("F1", "0.990", "of pairs"),),
        curve=(CurvePoint(0, 0.9, 0.8, 0.85), CurvePoint(10, 0.95, 0.9, 0.92)),
        probability=probability,
        is_match=probability > 0.5,
        groups=(GroupTable(7, 0.5, ("id", "name"), (("1", "Ann"), ("2", "Anne"), ("3", "Ann"))),),
        pairs=(ExplainedPair("A clear match", EXPLANATION, "the same in truth"),),
        notes=("Groups were assumed.",),
        made_with="seed 0",
    )


class Checker(HTMLParser):
    """Notes what a page loads and which elements are left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.unlabelled = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("src", "href"):
            value = given.get(name) or "#"
            if not value.startswith(("#", "data:")):
                self.loaded.append(value)
        if given.get("role") == "img" and not given.get("aria-label"):
            self.unlabelled += 1
        if tag not in {"meta", "link", "br", "path", "use", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag in {"path", "use", "rect"}:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_loads_nothing(report: Report) -> None:
    page = render(report)
    checker = Checker()
    checker.feed(page)

    assert checker.open == []
    assert checker.loaded == []
    assert checker.unlabelled == 0
    assert "<script" not in page
    assert not re.search(r"https?://|url\((?!#)", page)


def test_values_are_escaped(report: Report) -> None:
    page = render(report)

    assert "<b>people</b>" not in page
    assert "left &lt;key&gt;" in page
    assert "Ann &amp; Bob" in page


def test_the_value_that_differs_is_marked(report: Report) -> None:
    page = render(report)

    assert "<mark>Anne</mark>" in page
    assert "<mark>Ann</mark>" not in page


def test_the_same_report_gives_the_same_page(report: Report) -> None:
    assert render(report) == render(report)


def test_a_report_without_truth_or_examples_is_a_page_too(report: Report) -> None:
    bare = Report("A title", "", (), (), report.probability)

    assert "candidate pairs" in render(bare)


def test_charts_take_their_colours_from_the_page(report: Report) -> None:
    page = render(report)

    assert "#01020" not in page
    assert "var(--first)" in page


def test_a_page_that_cannot_be_written_leaves_nothing(report: Report, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        write_report(report, tmp_path / "missing" / "report.html")

    assert list(tmp_path.iterdir()) == []
