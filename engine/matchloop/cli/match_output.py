"""Write the files of ``matchloop match`` and report what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

import matchloop as ml
from matchloop.active_learning.stopping import Changed, count_changed
from matchloop.cli.golden import WrittenGolden, golden_lines, write_golden
from matchloop.cli.match_input import MatchInput
from matchloop.cli.match_run import MatchRun
from matchloop.cli.matched_page import describe_matched
from matchloop.cli.stable_ids import beside, written_rows
from matchloop.cli.table_files import write_alike
from matchloop.data.io import escape_formulas as escaped
from matchloop.data.io import is_spreadsheet
from matchloop.data.matches import MATCH_ID
from matchloop.errors import counted

if TYPE_CHECKING:
    from matchloop.entities.golden import GoldenRules
    from matchloop.report import MatchedReport

__all__ = ["MatchFiles", "MatchSummary", "check_files", "write_match"]


@dataclass(frozen=True, slots=True)
class MatchFiles:
    """The files to write, and how.

    Parameters
    ----------
    output
        The matched table.
    golden, rules
        The table of golden rows and its rules; None without golden rows.
    page
        The page about the groups; None without one.
    rows
        ``new`` or ``all``: which rows to write where the command's file is a part of the records.
    remove_duplicates
        Whether to write only the first row of each group.
    escape_formulas
        Whether to escape values that a spreadsheet would take for a formula.
    typed
        Options that the page repeats in the commands that score the table again.
    """

    output: str
    golden: str | None = None
    rules: GoldenRules | None = None
    page: str | None = None
    rows: str = "new"
    remove_duplicates: bool = False
    escape_formulas: bool = False
    typed: Sequence[str] = ()


def check_files(files: MatchFiles, *, has_changes: bool) -> None:
    """Refuse files that cannot be written, before the work.

    Parameters
    ----------
    files
        The files.
    has_changes
        Whether a table of changes is written beside the output.

    Raises
    ------
    OutputError
        One of them cannot be written.
    UsageError
        No table can be written under the name.
    """
    ml.check_writable(files.output, table=True)
    if has_changes:
        ml.check_writable(beside(files.output), table=True)
    if files.page is not None:
        ml.check_writable(files.page)


@dataclass(frozen=True, slots=True, eq=False)
class MatchSummary:
    """What a run of ``match`` wrote, for people and for scripts.

    Parameters
    ----------
    files
        The files.
    written
        The rows of the output.
    run
        The groups.
    changed
        The answers to pairs that labels had changed; None without any.
    golden
        The golden rows that were written; None without any.
    page
        The page that was written; None without one.
    """

    files: MatchFiles
    written: pa.Table
    run: MatchRun
    changed: Changed | None = None
    golden: WrittenGolden | None = None
    page: MatchedReport | None = None

    def counts(self) -> dict[str, int]:
        """Count the rows and groups written; groups are as large as in the whole matching."""
        ids = np.asarray(self.written.column(MATCH_ID).combine_chunks())
        groups, sizes = np.unique(self.run.matches.match_id, return_counts=True)
        size_of_row = sizes[np.searchsorted(groups, ids)]
        return {
            "rows": self.written.num_rows,
            "groups": len(np.unique(ids)),
            "matched": int((size_of_row > 1).sum()),
            "largest": int(size_of_row.max(initial=0)),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for a script."""
        run, files = self.run, self.files
        values: dict[str, Any] = {"output": files.output, **self.counts()}
        values["assumed"] = run.matcher.assumed
        values["changed"] = None if self.changed is None else self.changed.to_dict()
        if run.blocking is not None:
            values["blocking"] = run.blocking.to_dict()
        if run.thresholds:
            values["thresholds"] = [quality.to_dict() for quality in run.thresholds]
            values["threshold"] = run.matcher.merges_from
        if run.matches.changes is not None:
            values["changes"] = run.matches.changes.counts()
        if run.changes is not None:
            values["changes_file"] = {"output": beside(files.output), "rows": run.changes.num_rows}
        if self.golden is not None:
            values["golden"] = self.golden.to_dict()
        if self.page is not None:
            values["report"] = {"output": files.page, **self.page.to_dict()}
        return values

    def lines(self, earlier: str | None = None) -> Iterator[str]:
        """Yield the lines for people.

        Parameters
        ----------
        earlier
            Name of the earlier output or folder whose ids were kept.
        """
        run, files, counts = self.run, self.files, self.counts()
        if run.blocking is not None:
            yield str(run.blocking)
        yield (
            f"wrote {files.output}: {counted(counts['rows'], 'row')} in "
            f"{counted(counts['groups'], 'group')}, "
            f"{counts['matched']:,} of them in a group with another"
        )
        if run.matches.changes is not None:
            changes = run.matches.changes.counts()
            listed = ", ".join(f"{count:,} {name}" for name, count in changes.items())
            yield f"changes to the groups of {earlier}: {listed}"
        if run.changes is not None:
            yield f"wrote {beside(files.output)}: {counted(run.changes.num_rows, 'change')}"
        if self.golden is not None:
            yield from golden_lines(self.golden)
        if self.page is not None:
            yield f"wrote {files.page}: {self.page.subtitle}"
        if self.changed is not None:
            yield self.changed.line()
        yield from (note for note in (run.matcher.assumed, *run.matches.notes) if note)


def write_match(
    run: MatchRun, table: MatchInput, answers: ml.Labels | None, files: MatchFiles
) -> MatchSummary:
    """Write all files of a run, and then commit it to its folder of ids.

    Parameters
    ----------
    run
        The groups.
    table
        The records.
    answers
        Labels; None without any.
    files
        The files to write.

    Raises
    ------
    OutputError
        A file cannot be written; the folder of ids is as it was.
    """
    new, output = table.new, files.output
    page = None
    if files.page is not None:
        page = _describe(run, table, answers, files)
    written = written_rows(run.matches.table(), new, files.rows if table.is_part else "all")
    if files.remove_duplicates:
        written = _first_of_each_group(written)
    if run.changes is not None:
        write_alike(run.changes, beside(output), new.dialect)
    if files.escape_formulas and is_spreadsheet(output):
        written = escaped(written, keep=(new.key,))
    write_alike(written, output, new.dialect)
    golden = None
    if files.golden is not None:
        chosen = ml.golden_rows(run.matches, rules=files.rules)
        golden = write_golden(chosen, files.golden, new, escape_formulas=files.escape_formulas)
    if page is not None and files.page is not None:
        from matchloop.report import write_matched_report

        write_matched_report(page, files.page)
    if run.identity is not None:
        run.identity.commit()  # last: a run killed before this line leaves the folder as it was
    changed = count_changed(answers, run.matches.records)
    return MatchSummary(files, written, run, changed, golden, page)


def _describe(
    run: MatchRun, table: MatchInput, answers: ml.Labels | None, files: MatchFiles
) -> MatchedReport | None:
    if run.prepared is None:
        return None
    # earlier ids only name the groups, which were formed from nothing: there is no change to show
    matches = replace(run.matches, changes=None)
    return describe_matched(
        files.output,
        table.records,
        matches.match_id,
        replace(run, matches=matches),
        answers,
        None,
        files.typed,
    )


def _first_of_each_group(table: pa.Table) -> pa.Table:
    """Return the first row of each group, in the order of the table."""
    ids = np.asarray(table.column(MATCH_ID).combine_chunks())
    _, first = np.unique(ids, return_index=True)
    return table.take(np.sort(first))
