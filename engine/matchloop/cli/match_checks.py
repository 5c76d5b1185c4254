"""Refuse options of ``matchloop match`` that contradict each other, before anything is read."""

from __future__ import annotations

from collections.abc import Sequence

from matchloop.cli.identity_match import check_identity_options
from matchloop.cli.stable_ids import check_options
from matchloop.data.records import RESULTS
from matchloop.errors import UsageError

__all__ = ["check_match_options"]


def check_match_options(
    *,
    key: str | None,
    source: str | None,
    labels: Sequence[str] | None,
    model: str | None,
    enforce_labels: bool,
    incremental: str | None,
    previous: str | None,
    identity: str | None,
    deleted: str | None,
    mode: str,
    rows: str,
    remove_duplicates: bool,
    thresholds: bool,
    explain_blocking: bool,
    engine: str,
    page: str | None,
    output: str | None,
    dry_run: bool,
) -> None:
    """Refuse options that contradict each other; each is named after its parameter of ``match``.

    Raises
    ------
    UsageError
        Two of them cannot go together, or one needs another.
    """
    if output is None and not dry_run:
        raise UsageError("--output FILE is missing, the table to write; only --dry-run needs none")
    for option, column in (("--key", key), ("--source", source)):
        if column in RESULTS:
            raise UsageError(
                f"{option} {column}: the output has a column of this name of its own; give the "
                "column of the table another name"
            )
    if model is not None and labels and not enforce_labels:
        raise UsageError(
            "--model and --labels were both given; a model has learned already. Add "
            "--enforce-labels to have the groups keep the labels"
        )
    if enforce_labels and not labels:
        raise UsageError("--enforce-labels was given without --labels; there is nothing to enforce")
    for name, is_typed in (("--thresholds", thresholds), ("--report", page is not None)):
        if is_typed and incremental is not None:
            raise UsageError(
                f"{name} and --incremental were both given; earlier groups are never split, so "
                "leave out one of them"
            )
    if page is not None and remove_duplicates:
        raise UsageError(
            "--report and --remove-duplicates were both given; the page is about all rows of the "
            "output, so leave out one of them"
        )
    check_options(
        previous=previous,
        part=incremental or identity,
        incremental=incremental,
        rows=rows,
        remove_duplicates=remove_duplicates,
        key=key,
    )
    check_identity_options(
        identity,
        deleted=deleted,
        mode=mode,
        excluded={
            "--previous": previous,
            "--incremental": incremental,
            "--thresholds": thresholds,
            "--explain-blocking": explain_blocking,
            "--engine spark": engine == "spark",
            "--report": page,
        },
    )
