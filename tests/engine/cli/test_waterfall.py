from __future__ import annotations

import io

from rich.console import Console

from matchloop.cli.waterfall import waterfall
from matchloop.matching.explaining import Contribution, Explanation


def drawn(explanation: Explanation, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(waterfall(explanation))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


EXPLANATION = Explanation(
    "a1",
    "b2",
    0.75,
    0.25,
    (
        Contribution("name", "Ann [Miller]", "Ann\nMiller", 0.6, {"jaro": 1.0}),
        Contribution("record", None, None, -0.1, {"words": 0.5, "grams": None}),
        Contribution("town", None, "x" * 500, 0.0, {"agreement": None}),
    ),
)


def test_every_column_has_a_line_with_its_share_and_both_values() -> None:
    text = drawn(EXPLANATION)

    assert "+0.600" in text
    assert "-0.100" in text
    assert "0.750" in text
    assert "Ann [Miller]" in text
    assert "missing" in text
    assert "whole record" in text


def test_long_values_are_cut_and_narrow_terminals_hold_it() -> None:
    assert "…" in drawn(EXPLANATION)
    assert max(len(line) for line in drawn(EXPLANATION, 80).splitlines()) <= 80


def test_a_pair_of_one_source_is_said_not_to_be_compared() -> None:
    within = Explanation("a", "b", 0.1, 0.1, (), is_candidate=False, is_within_source=True)

    shown = drawn(within)

    assert "Both records are of one source" in shown
    assert "Blocking" not in shown


def test_a_pair_that_blocking_did_not_find_is_said_to_be_none() -> None:
    lost = Explanation("a", "b", 0.1, 0.1, (), is_candidate=False)

    assert "Blocking did not find this pair" in drawn(lost)
    assert "Blocking" not in drawn(EXPLANATION)


def test_measures_have_no_internal_names_and_what_is_missing_no_share() -> None:
    text = " ".join(drawn(EXPLANATION, 160).split())

    assert "whole record -0.100" in text
    assert "the values of all columns together are 50% alike" in text
    assert "words" not in text
    assert "town not known missing" in text
