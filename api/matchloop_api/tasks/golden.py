"""The golden rows of a find-matches job: one row per group, with its provenance."""

from __future__ import annotations

from matchloop import Matches, golden_rows
from matchloop.entities.golden import GoldenRules, parse_golden_rules
from matchloop.errors import counted
from matchloop_api.places import Places, join
from matchloop_api.tasks.outputs import write_parts
from matchloop_api.tasks.work import Work

__all__ = ["read_rules", "write_golden"]


def read_rules(uri: str | None, places: Places) -> GoldenRules:
    """Read the rules at a URI; without a URI, return rules by the kind of each column.

    Raises
    ------
    RulesError
        The file holds no rules.
    """
    if not uri:
        return GoldenRules()
    with places.open_input(uri) as file:
        return parse_golden_rules(file.read(), uri)


def write_golden(
    work: Work, matches: Matches, rules: GoldenRules, folder: str, form: str, places: Places
) -> None:
    """Write golden rows below ``rows/`` in a folder, and their provenance below ``provenance/``.

    Raises
    ------
    RulesError
        The rules name a column that the table does not have.
    """
    golden = golden_rows(matches, rules=rules)
    for note in golden.notes:
        work.log(note)
    for column, count in golden.conflicts.items():
        empty = counted(count, "group is", "groups are")
        work.log(f"{column}: {empty} empty because the records differ (unanimous)")
    tables = {"rows": golden.table, "provenance": golden.provenance}
    for name, table in tables.items():
        keep = (matches.records.key, "key")
        place = join(folder, name)
        write_parts(work, table, place, form, places, keep=keep, fact=f"golden {name}")
