"""Tables for the labelling page: people, articles, other scripts, hostile values, wide and long.

Those in ``rows/`` have the truth in their first column and the kind of a column behind its name.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]

ROWS = Path(__file__).parent / "rows"

HOSTILE_COLUMNS = [
    ("<script>window.hurt=1</script>", "text"),
    ("<img src=x onerror=window.hurt=1>", "text"),
    ("bidi \u202egnp.exe", "text"),
    ("=cmd|' /C calc'!A0", "text"),
]
HOSTILE: list[list[str | None]] = [
    ["<script>window.hurt=1</script>", "javascript:window.hurt=1", "invoice\u202efdp.exe", "=1+1"],
    [
        "<img src=//evil.example/x onerror=window.hurt=1>",
        '" onmouseover="window.hurt=1',
        "pa\u0440adise",
        "@SUM(1)",
    ],
    ["{{ 7*7 }}{% raw %}", "</td></tr></table><b>", "nul\x00bell\x07esc\x1b", "-2+3"],
    ["\u200bzero\u200bwidth\ufeff", "e" + "\u0301" * 200, "👩‍👩‍👧‍👦 family", "نص\u200cفارسی"],
    [
        "https://evil.example/" + "x" * 400,
        "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        None,
        "",
    ],
    ["long " + "wordwithoutend" * 1400, "line\nbreak\ttab", "Ꭺpple", "'; drop table labels; --"],
]
HOSTILE_GROUPS = "ABCDEF"


def _table(
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str | None]],
    groups: str,
    sentence: str,
) -> Table:
    return {
        "columns": [{"name": name, "kind": kind} for name, kind in columns],
        "rows": rows,
        "groups": list(groups),
        "sentence": sentence,
    }


def _read(
    name: str, sentence: str, *, rows: int | None = None, columns: int | None = None
) -> Table:
    with (ROWS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        heading, *lines = csv.reader(file)
    named = [(of.split(":")[0], of.split(":")[1]) for of in heading[1:]][:columns]
    cells = [[value or None for value in line[1:]][:columns] for line in lines[:rows]]
    return _table(named, cells, "".join(line[0] for line in lines[:rows]), sentence)


def wide(rows: int = 30, columns: int = 100, *, differing: int = 37) -> Table:
    """Return pairs of rows whose first `differing` columns vary from pair to pair."""
    words = ("alpha", "beta", "gamma", "delta")
    cells: list[list[str | None]] = []
    for i in range(rows):
        line: list[str | None] = []
        for j in range(columns):
            if j >= differing:
                line.append("same" if j % 2 else None)
                continue
            seed = (i // 2) * 131 + j * 17
            value = f"{words[seed % 4]} {seed * 37 % 9973}"
            line.append(value + "xyz"[(i + j) % 3] if i % 2 and (i * j) % 5 == 1 else value)
        cells.append(line)
    names = [(f"field_{j:02}", "text") for j in range(columns)]
    letters = [chr(65 + i // 2) for i in range(rows)]
    return _table(names, cells, "".join(letters), "Two rows match when they are the same thing.")


PERSON = "Two rows match when they are the same person, even after a move or a typing error."
ARTICLE = "Two rows match when a shop would sell the same article for both: colour and size count."

TABLES: Mapping[str, Table] = {
    "people": _read("people", PERSON),
    "articles": _read("articles", ARTICLE),
    "chinese": _read("chinese", "两行指同一个人即为匹配。"),
    "arabic": _read("arabic", PERSON),
    "hostile": _table(HOSTILE_COLUMNS, HOSTILE, HOSTILE_GROUPS, "<b>Two rows</b> match {{ 7*7 }}"),
    "two": _read("people", PERSON, rows=2, columns=8),
    "wide": wide(),
    "tall": wide(10, 30, differing=30),
    "vast": wide(6, 200, differing=200),
}
