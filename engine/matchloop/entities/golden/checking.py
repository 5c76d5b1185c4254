"""Check rules against the columns of a table."""

from __future__ import annotations

from difflib import get_close_matches

import pyarrow.compute as pc

from matchloop.data.matches import RESULTS
from matchloop.data.records import Records
from matchloop.data.text import as_text
from matchloop.entities.golden.rules import ALL_COLUMNS, RULES, GoldenRules
from matchloop.errors import RulesError, some

__all__ = ["check_rules", "unknown_sources"]


def check_rules(rules: GoldenRules, records: Records) -> None:
    """Check that a table has the columns that rules name, and sources where rules rank them.

    Parameters
    ----------
    rules
        The rules.
    records
        The matched records, or those to match: the columns that a run adds do not count.

    Raises
    ------
    RulesError
        A column is not there; the message names the place of the rule.
    """
    columns = [name for name in records.table.column_names if name not in RESULTS]
    places = [(f"columns.{name}", name) for name in rules.columns]
    for number, together in enumerate(rules.together, 1):
        named = [name for name in together.columns if name != ALL_COLUMNS]
        places += [(f"together[{number}].columns", name) for name in named]
    places += [("order", order.column) for order in rules.order]
    if rules.source is not None:
        places.append(("source", rules.source))
    for where, chain in rules.chains():
        places += [
            (f"{where}, rule '{rule}'", rule.arguments[0])
            for rule in chain
            if RULES[rule.name] == "column"
        ]
    for where, name in places:
        if name not in columns:
            close = get_close_matches(name, columns, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"it has {some(columns, 12)}"
            raise RulesError(f"{where}: the table has no column '{name}'; {hint}")
    ranked = _ranked_sources(rules)
    if ranked and rules.source is None and records.source is None:
        raise RulesError(
            f'{ranked[0][0]}: no column names the source of a record; write source = "COLUMN" '
            "at the top of the rules, or give --source"
        )


def unknown_sources(rules: GoldenRules, records: Records) -> list[str]:
    """Name the sources in rules that no record comes from, a sentence for each."""
    ranked, source = _ranked_sources(rules), rules.source or records.source
    if not ranked or source is None:
        return []
    values = pc.unique(pc.utf8_trim_whitespace(as_text(records.table[source]))).to_pylist()
    listed = some(sorted(value for value in values if value), 12)
    return [
        f"{where}: no record comes from '{name}'; the column '{source}' holds {listed}"
        for where, name in ranked
        if name not in values
    ]


def _ranked_sources(rules: GoldenRules) -> list[tuple[str, str]]:
    return [
        (f"{where}, rule '{rule.name}'", name)
        for where, chain in rules.chains()
        for rule in chain
        if RULES[rule.name] == "names"
        for name in rule.arguments
    ]
