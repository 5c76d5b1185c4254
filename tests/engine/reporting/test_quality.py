from __future__ import annotations

import pytest

from matchloop.reporting import QualityReport, Tile, WrongPair, render_quality

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")


def page_of(*pairs: WrongPair) -> str:
    return render_quality(QualityReport("A title", "", (Tile("F1", "0.9"),), wrong=pairs))


@pytest.mark.parametrize(
    ("compared", "probability", "badge"),
    [
        (None, None, None),
        (False, None, "never compared"),
        (True, 0.25, "probability 0.250"),
    ],
)
def test_a_pair_is_said_to_be_never_compared_only_where_that_is_known(
    compared: bool | None, probability: float | None, badge: str | None
) -> None:
    values = {"id": "1", "name": "Ann"}
    page = page_of(WrongPair(True, probability, values, values, (), compared))

    assert (badge in page) if badge else ('class="badge"' not in page)


def test_a_hint_names_how_many_columns_of_a_very_wide_pair_are_left_out() -> None:
    names = ["id", *(f"c{number}" for number in range(100))]
    left, right = dict.fromkeys(names, "x"), dict.fromkeys(names, "y")
    few = page_of(WrongPair(True, 0.5, left, {**left, "c99": "y"}, ("c99",)))
    all_ = page_of(WrongPair(True, 0.5, left, right, tuple(names[1:])))

    assert "<th>c99</th>" in few
    assert "61 further columns are in the JSON; 0 of them differ" in few
    assert "61 further columns are in the JSON; 61 of them differ" in all_
