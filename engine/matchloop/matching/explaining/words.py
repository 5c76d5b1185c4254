"""Descriptions, for the user, of contributions that belong to no column."""

from __future__ import annotations

from collections.abc import Mapping

from matchloop.matching.explaining.explanation import Contribution

__all__ = ["describe", "name_of"]

NAMES = {"record": "whole record", "rivals": "other records"}


def name_of(contribution: Contribution) -> str:
    """Return the name of a contribution for the user: its column, or a description."""
    return NAMES.get(contribution.name, contribution.name)


def describe(contribution: Contribution) -> str | None:
    """Describe a contribution of no column in a few words; return None for a column.

    Parameters
    ----------
    contribution
        The contribution.
    """
    if contribution.name not in NAMES or contribution.left is not None:
        return None
    by_name = {name: value for name, value in contribution.features.items() if value is not None}
    if contribution.name == "record":
        return _of_record(by_name)
    return _of_rivals(by_name)


def _of_record(measures: Mapping[str, float]) -> str:
    alike = measures.get("words", measures.get("grams"))
    if alike is None:
        return "the values of all columns together"
    return f"the values of all columns together are {alike:.0%} alike"


def _of_rivals(measures: Mapping[str, float]) -> str:
    best, worst = (_least(measures, f"_{which}_rank") for which in ("best", "worst"))
    lead = _least(measures, "_least_lead")
    if best is None or worst is None or lead is None:
        return "how the two compare with other records"
    if worst == 1:
        if lead > 0:
            return "no other record is as like to either"
        return "another record is as like to one of them"
    if best == 1:
        return "another record is more like one of them"
    return "other records are more like both of them"


def _least(measures: Mapping[str, float], ending: str) -> float | None:
    values = [value for name, value in measures.items() if name.endswith(ending)]
    return min(values) if values else None
