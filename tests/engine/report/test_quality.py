from __future__ import annotations

import numpy as np
import pytest

from matchloop.quality.evaluation import ThresholdQuality
from matchloop.quality.sampled_audit import CalibrationBin, Interval
from matchloop.report import QualityReport, ThresholdRow, Tile, WrongPair, render_quality

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


@pytest.mark.parametrize(
    ("measured", "told"),
    [
        (Interval(0.8, 0.8, 0.8), "0.800 was measured. Its probabilities are too high"),
        (
            Interval(0.8, 0.7, 0.85),
            "0.800 was measured (0.700 to 0.850). Its probabilities are too",
        ),
        (Interval(0.97, 0.95, 0.99), "(0.950 to 0.990). Its probabilities are too low"),
        (Interval(0.89, 0.89, 0.89), "a precision of 0.900; 0.890 was measured.<"),
        (Interval(0.85, 0.7, 0.95), "0.850 was measured (0.700 to 0.950).<"),
    ],
)
def test_the_page_says_whether_the_model_expects_what_was_measured(
    measured: Interval, told: str
) -> None:
    expected = ThresholdQuality(0.6, np.arange(3), 3, pairs=10, joined_matches=9, missed_matches=1)
    row = ThresholdRow(expected, measured, Interval(1.0, 1.0, 1.0))
    page = render_quality(QualityReport("A title", "", (), thresholds=(row,), threshold=0.6))

    assert "From 0.6 on the model expects a precision of 0.900" in page
    assert told in page


@pytest.mark.parametrize(
    ("share", "pairs", "is_said"),
    [
        (Interval(0.5, 0.2, 0.8), 12, True),
        (Interval(0.5, 0.4, 0.6), 80, False),
        (Interval(0.5, 0.5, 0.5), 12, False),
    ],
)
def test_a_calibration_from_few_answers_is_said_to_tell_little(
    share: Interval, pairs: int, is_said: bool
) -> None:
    bins = (CalibrationBin(0.5, share, pairs),)
    page = render_quality(QualityReport("A title", "", (), calibration=bins))

    assert ("Drawn from 12 answers: too few to tell" in page) is is_said
