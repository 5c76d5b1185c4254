"""Print the figures of ``matchloop evaluate``, on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matchloop.cli.columns import print_columns, tell

if TYPE_CHECKING:
    from matchloop.report import QualityReport

__all__ = ["print_figures"]

NONE = "none: "
"""Beginning of the last part of a figure where it is the reason for having no interval."""


def print_figures(report: QualityReport) -> None:
    """Print each figure with its interval, and once each reason why some have no interval."""
    rows: list[list[str]] = []
    without: dict[str, list[str]] = {}
    for name, value, sure in report.figures:
        is_reason = sure.startswith(NONE)
        rows.append([name, value, "" if is_reason else sure])
        if is_reason:
            without.setdefault(sure.removeprefix(NONE), []).append(name)
    rows += [
        [f"importance of {name}", f"{value:.3f}", ""] for name, value in report.importances.items()
    ]
    print_columns(["", "", ""], rows)
    for reason, names in without.items():
        which = "" if len(names) == len(report.figures) else f" for {', '.join(names)}"
        tell(f"no interval{which}: {reason}")
    if report.importances:
        tell("no interval for importances: they describe the model")
