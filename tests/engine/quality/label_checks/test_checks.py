from __future__ import annotations

import math

import pytest

from matchloop.quality.label_checks.checks import Check, thresholds_of


@pytest.mark.parametrize(
    ("name", "value", "limit", "verdict", "fails"),
    [
        ("suspects", 0.168, None, "no threshold", "never"),
        ("suspects", 0.168, 0.1, "failed", "above 10.0 %"),
        ("suspects", 0.05, 0.1, "fine", "above 10.0 %"),
        ("leakage", math.nan, None, "not measured", "above 0.0 %"),
        ("noise", 0.4, None, "fine", "below 0.050"),
        ("noise", 0.4, 0, "no threshold", "never"),
        ("contradictions", 3, math.inf, "no threshold", "never"),
        ("worth", 0.01, None, "fine", "below -0.100"),
        ("worth", -0.2, None, "failed", "below -0.100"),
    ],
)
def test_only_what_was_measured_and_could_fail_is_fine(
    name: str, value: float, limit: float | None, verdict: str, fails: str
) -> None:
    limits = thresholds_of({} if limit is None else {name: limit})
    check = Check.of(name, value, "found", limits)

    assert check.verdict == verdict
    assert check.shown_limit == fails
    assert check.to_dict()["verdict"] == verdict
