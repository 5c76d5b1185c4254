"""Find the record of each row, also where a program changed its key."""

from __future__ import annotations

import re
from collections import Counter

from matchloop.data.repair.disguises import cleaned, names_of_kind
from matchloop.data.repair.entries import Entry
from matchloop.data.repair.finding import Status
from matchloop.data.repair.table import KnownTable
from matchloop.errors import some

__all__ = ["check_forms", "find_keys"]

ERRORS = re.compile(r"#(REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|####*)|#+")


def find_keys(entries: list[Entry], table: KnownTable) -> None:
    """Give each entry the key of its record where that is certain, otherwise a finding."""
    for entry in entries:
        if not entry.removed:
            _find(entry, table)
    _take_back(entries, table.key)
    for entry in entries:
        if entry.key is not None:
            _compare(entry, table)


def check_forms(entries: list[Entry], key: str) -> None:
    """Check keys without their table: a changed key gets a finding, but no repair."""
    kinds = Counter(names_of_kind(entry.values.get(key, "")) for entry in entries)
    forms: dict[str, set[str]] = {}
    for entry in entries:
        written = entry.values.get(key, "")
        forms.setdefault(cleaned(written), set()).add(written)
    for entry in entries:
        written = entry.values.get(key, "")
        text = cleaned(written)
        entry.key = text or None
        kind = names_of_kind(written)
        if entry.removed:
            continue
        if not text:
            message = "the key is missing"
            entry.find("key_missing", Status.OPEN, message, column=key, expected="a key")
        elif ERRORS.fullmatch(text) or text.startswith("="):
            message = "a formula or an error of a spreadsheet stands in place of the key"
            entry.find("key_formula", Status.OPEN, message, column=key, found=written)
        elif kind and (kind == "rounded" or kinds[kind] < len(entries) or kind == "number"):
            entry.find(
                f"key_{kind}",
                Status.OPEN,
                "the key looks as if a spreadsheet had changed it; give the table to have it "
                "repaired",
                column=key,
                found=written,
            )
        elif len(forms[text]) > 1:
            # they may be two records, whose rows must stay apart
            entry.key = written
            if text != written:
                entry.find(
                    "key_spaces",
                    Status.OPEN,
                    "spaces or signs alone tell this key from another; give the table to have it "
                    "repaired",
                    column=key,
                    found=written,
                    proposed=text,
                )
        elif text != written:
            entry.values[key] = text
            message = "spaces or signs around the key that do not belong to it"
            entry.find("key_spaces", Status.REPAIRED, message, column=key, found=written)


def _find(entry: Entry, table: KnownTable) -> None:
    written = entry.values.get(table.key, "")
    text = cleaned(written)
    if not text or ERRORS.fullmatch(text) or text.startswith("="):
        _by_values(entry, table, written, blank=not text)
        return
    key = table.exact(written) or table.exact(text)
    if key is not None:
        entry.key = key
        if key != written:
            message = "spaces or signs around the key that do not belong to it"
            entry.find(
                "key_spaces",
                Status.REPAIRED,
                message,
                column=table.key,
                found=written,
                proposed=key,
            )
        else:
            _doubt(entry, table)
        return
    candidates = table.disguised(text)
    sure, why = _narrowed(entry, table, candidates)
    if sure is not None:
        entry.key = sure
        entry.find(
            _kind(text),
            Status.REPAIRED,
            f"the key is not in the table, {why}",
            column=table.key,
            found=written,
            proposed=sure,
        )
    elif candidates:
        entry.find(
            _kind(text),
            Status.OPEN,
            "the key is not in the table, and what it was is not certain",
            column=table.key,
            found=written,
            proposed=some(candidates),
        )
    else:
        _by_values(entry, table, written, blank=False)


def _narrowed(entry: Entry, table: KnownTable, candidates: list[str]) -> tuple[str | None, str]:
    if not candidates:
        return None, ""
    alike = {key: table.likeness(key, entry.values) for key in candidates}
    if len(candidates) == 1:
        share = alike[candidates[0]]
        if share is None or share > 0:
            return candidates[0], "one key alone can have become it"
        return None, ""
    full = [key for key in candidates if alike[key] == 1.0]
    if len(full) == 1:
        return full[0], "of the keys that can have become it one has the values of the row"
    return None, ""


def _by_values(entry: Entry, table: KnownTable, written: str, *, blank: bool) -> None:
    fits = table.with_values(entry.values)
    filled = sum(1 for name, value in entry.values.items() if name != table.key and value.strip())
    total = sum(1 for name in table.columns if name != table.key)
    kind = "key_missing" if blank else "key_unknown"
    if ERRORS.fullmatch(cleaned(written)) or written.startswith("="):
        kind = "key_formula"
    what = "the key is missing" if blank else "the key is not in the table"
    where = {"column": table.key, "found": written}
    if len(fits) == 1 and filled >= min(2, total):
        entry.key = fits[0]
        message = f"{what}, one record alone has the values of the row"
        entry.find(kind, Status.REPAIRED, message, proposed=fits[0], **where)
        return
    proposed = some(fits) if fits else ""
    entry.find(kind, Status.OPEN, what, expected="a key of the table", proposed=proposed, **where)


def _doubt(entry: Entry, table: KnownTable) -> None:
    """Check a key of the table whose row has all values of another record."""
    if entry.key is None or table.likeness(entry.key, entry.values) != 0.0:
        return
    others = [key for key in table.with_values(entry.values) if key != entry.key]
    fits = [key for key in others if key in set(table.disguised(entry.key))]
    where = {"column": table.key, "found": entry.key}
    if len(fits) == 1 and len(others) == 1:
        entry.key = fits[0]
        message = "the key became that of another record; the values show which one it was"
        entry.find(_kind(where["found"]), Status.REPAIRED, message, proposed=fits[0], **where)
    elif others:
        message = "all values of the row are those of another record"
        entry.find("key_other", Status.OPEN, message, proposed=some(others), **where)
    else:
        message = "no value of the row is that of the record"
        entry.find("key_other", Status.OPEN, message, **where)


def _take_back(entries: list[Entry], column: str) -> None:
    """Undo repairs that repeat a key within a set, as one of them must be wrong."""
    seen: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.key is not None:
            seen.setdefault((entry.set_id.strip(), entry.key), []).append(entry)
    for (_, key), same in seen.items():
        changed = [entry for entry in same if _repaired(entry)]
        if len(same) < 2 or not changed:
            continue
        if (
            len({entry.values.get(column, "") for entry in same}) == 1
            and len({entry.label.strip() for entry in same}) == 1
        ):
            continue
        for entry in changed:
            kept = [finding for finding in entry.findings if not finding.kind.startswith("key_")]
            entry.findings = kept
            entry.key = None
            entry.find(
                "key_twice",
                Status.OPEN,
                "the key can only have been one that its set already holds",
                column=column,
                found=entry.values.get(column, ""),
                proposed=key,
            )


def _repaired(entry: Entry) -> bool:
    return any(
        finding.kind.startswith("key_")
        and finding.kind != "key_spaces"
        and finding.status is Status.REPAIRED
        for finding in entry.findings
    )


def _compare(entry: Entry, table: KnownTable) -> None:
    assert entry.key is not None
    right = table.values(entry.key)
    differing = [
        name
        for name, value in entry.values.items()
        if name in right and name != table.key and value != right[name]
    ]
    if differing and not any(finding.kind == "key_other" for finding in entry.findings):
        entry.find(
            "values",
            Status.REPAIRED,
            "values differ from the table, whose values were taken",
            column=", ".join(differing),
            found=entry.values[differing[0]],
            proposed=right[differing[0]],
        )
        entry.values.update(right)
    elif not differing:
        entry.values.update(right)


def _kind(text: str) -> str:
    text = cleaned(text)
    if names_of_kind(text):
        return f"key_{names_of_kind(text)}"
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{4}-\d\d?-\d\d?", text):
        return "key_date"
    if re.fullmatch(r"[+-]?\d[\d.,' \u00a0]*", text):
        return "key_number"
    if re.search(r"\d[-/.]\d|\d{4}|[A-Za-z]{3}", text) and re.search(r"\d", text):
        return "key_date" if re.search(r"[-/]", text) else "key_text"
    return "key_text"
