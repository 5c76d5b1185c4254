"""Check the settings of a matcher."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np

from matchloop.errors import UsageError
from matchloop.matching.blocking import UserRule

__all__ = ["check_settings", "read_rules"]

PER_SOURCE = ("many", "one")


def check_settings(
    *,
    precision_recall: object,
    threshold: object,
    accuracy_cost: object,
    enforce_labels: object,
    per_source: object,
    max_size: object,
    prior: object,
    seed: object,
) -> None:
    """Raise an error unless the settings of a matcher are of their types and in their ranges.

    Parameters
    ----------
    precision_recall, threshold, accuracy_cost, enforce_labels, per_source, max_size, prior, seed
        The settings, as :class:`matchloop.Matcher` describes them.

    Raises
    ------
    UsageError
        A setting is outside its range, or both ``precision_recall`` and ``threshold`` were given.
    """
    for name, value in (("precision_recall", precision_recall), ("accuracy_cost", accuracy_cost)):
        if not _is_share(value):
            raise UsageError(f"{name} is {value!r}; give a number from 0 to 1")
    if threshold is not None:
        if not _is_share(threshold):
            raise UsageError(f"threshold is {threshold!r}; give a probability from 0 to 1")
        if precision_recall != 0.5:
            raise UsageError(
                f"precision_recall {precision_recall:g} and threshold {threshold:g} "
                "were both given; give one of them"
            )
    if max_size is not None:
        _check_whole("max_size", max_size, 1)
    _check_whole("seed", seed, 0)
    for name, value in (("enforce_labels", enforce_labels), ("prior", prior)):
        if not isinstance(value, (bool, np.bool_)):
            raise UsageError(f"{name} is {value!r}; give True or False")
    if per_source not in PER_SOURCE:
        raise UsageError(f"per_source is {per_source!r}; give 'one' or 'many'")


def read_rules(rules: object) -> tuple[str, ...]:
    """Return blocking rules as a tuple; a single text is one rule, not a list of its letters.

    Raises
    ------
    UsageError
        A rule cannot be read.
    """
    listed = (rules,) if isinstance(rules, str) else rules
    if not isinstance(listed, Sequence) or not all(isinstance(rule, str) for rule in listed):
        raise UsageError(
            f"rules is {listed!r}; give one blocking rule such as 'surname, city', or several in a "
            "list"
        )
    for rule in listed:
        UserRule(rule)  # raises where it cannot be read
    return tuple(listed)


def _is_share(value: object) -> bool:
    return _is_number(value, Real) and 0 <= value <= 1  # type: ignore[operator]


def _check_whole(name: str, value: object, lowest: int) -> None:
    if not _is_number(value, Integral) or value < lowest:  # type: ignore[operator]
        raise UsageError(f"{name} is {value!r}; give a whole number of at least {lowest}")


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, (bool, np.bool_))
