"""``matchloop match --dry-run``: what a run would take."""

from __future__ import annotations

import matchloop as ml
from matchloop.cli.words import print_json, say
from matchloop.matching.backends.needs import check_memory

__all__ = ["print_forecast"]


def print_forecast(
    records: ml.Records, matcher: ml.Matcher, answers: ml.Labels | None, *, as_json: bool
) -> None:
    """Print the expected pairs, memory, disk and time of matching records.

    Raises
    ------
    TableError
        They do not fit into memory.
    """
    # imported late: it loads compiled kernels
    from matchloop.matching.forecast import forecast

    expected = forecast(
        records,
        effort=matcher.accuracy_cost,
        fits=not matcher.is_fitted,
        passes=2 if answers is not None or matcher.leans_on_prior else 1,
    )
    if as_json:
        print_json(expected.to_dict())
    else:
        say(str(expected))
    check_memory(records, effort=matcher.accuracy_cost)
