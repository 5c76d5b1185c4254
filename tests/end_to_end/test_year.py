"""A year of a customer table in an identity folder, by the commands of its owner."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import matchloop as ml
from end_to_end.csv_rows import read, write
from end_to_end.erp import KEY, Customers, amount, day, read_export, write_export
from end_to_end.test_match import run
from end_to_end.test_stable_ids import replayed

pytestmark = pytest.mark.slow

RULES = """
[columns]
Umsatz = "largest"
Telefon = ["latest(Geändert)", "longest"]

[[together]]
columns = ["Straße", "Hausnr", "PLZ", "Ort"]
pick = ["most_complete", "latest(Geändert)"]
"""
HOME = ("Straße", "Hausnr", "PLZ", "Ort")
MODES = {2: "hold", 3: "settle", 4: "full", 5: "hold", 6: "settle", 7: "full"}
MODES |= {8: "hold", 9: "settle", 10: "hold", 11: "hold", 12: "settle"}
AGAIN = 5
"""The month whose batch comes twice, and in a copy of the folder."""

Row = dict[str, str]
Ids = Mapping[str, int]


@dataclass(frozen=True)
class Month:
    """A month played.

    Parameters
    ----------
    number
        From 1 on.
    rows
        All rows after it, as written.
    events
        The feed after it, from the first event on.
    last
        Number of the last event before it.
    golden
        Golden rows.
    full
        The group of each key when all rows are matched afresh by the same model and threshold.
    person
        The truth, by key.
    """

    number: int
    rows: list[Row]
    events: Path
    last: int
    golden: list[Row]
    full: Ids
    person: Ids

    @property
    def ids(self) -> dict[str, int]:
        return {row[KEY]: int(row["match_id"]) for row in self.rows}


@dataclass(frozen=True)
class Year:
    folder: Path
    months: list[Month]


def labelled(folder: Path, file: str, person: Ids, *labels: str) -> str:
    """Ask about a table, and return the file of the answers that the truth gives."""
    more = [word for name in labels for word in ("--labels", name)]
    run(folder, "ask", file, "--key", KEY, "--sets", "10", *more, "-o", "questions.csv")
    rows = read(folder / "questions.csv")
    name = f"labels_{len(labels)}.csv"
    write(folder / name, [{**row, "label": str(person[row[KEY]])} for row in rows])
    return name


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    folder = tmp_path_factory.mktemp("year")
    customers = Customers(5_000, 1_100)
    (folder / "golden.toml").write_text(RULES, encoding="utf-8")
    common = ["--key", KEY, "--identity", "ids", "--rows", "all"]
    common += ["--golden", "golden.csv", "--golden-rules", "golden.toml"]
    write_export(folder / "1.csv", list(customers.present.values()))
    labels = [labelled(folder, "1.csv", customers.person)]
    kinds = ("--kinds", "Umsatz=ignore", "--kinds", "Geändert=ignore")
    run(folder, "match", "1.csv", *common, *kinds, "--labels", labels[0], "-o", "1_out.csv")
    months = [played(folder, 1, customers.person, 0)]
    for number, mode in MODES.items():
        batch, left = customers.month(number, new=95, changed=60, moved=30, touched=30, deleted=40)
        write_export(folder / f"{number}.csv", batch)
        write_export(folder / "left.csv", [{KEY: key} for key in left])
        options = ["--mode", mode, "--deleted", "left.csv"]
        if number == 4:
            labels.append(labelled(folder, "3_out.csv", customers.person, *labels))
            options += [word for name in labels for word in ("--labels", name)]
        if number == 7:
            options += ["--threshold", "0.7"]
        command = ["match", f"{number}.csv", *common, *options]
        if number == AGAIN:
            shutil.copytree(folder / "ids", folder / "copy")
        run(folder, *command, "-o", f"{number}_out.csv")
        if number == AGAIN:
            run(folder, *command, "-o", "twice.csv")
            run(folder, *command, "--identity", "copy", "-o", "copy.csv")
        last = len(read(months[-1].events))
        months.append(played(folder, number, customers.person, last))
    return Year(folder, months)


def played(folder: Path, number: int, person: Ids, last: int) -> Month:
    run(folder, "identity", "check", "ids")
    run(folder, "identity", "events", "ids", "-o", f"events_{number}.csv")
    kept = ml.Identity(folder / "ids")
    assert kept.records is not None
    assert kept.matcher is not None
    afresh = kept.matcher.find_matches(kept.records)
    return Month(
        number,
        read_export(folder / f"{number}_out.csv"),
        folder / f"events_{number}.csv",
        last,
        read_export(folder / "golden.csv"),
        dict(zip(kept.records.keys.to_pylist(), afresh.match_id.tolist(), strict=True)),
        person,
    )


def named_by_the_rules(before: Ids, after: Ids, next_id: int) -> dict[str, int]:
    """Return the ids that docs/identity.md gives to the groups of ``after``."""
    group = {key: at for at, key in reversed([*enumerate(after)])}
    first: dict[int, int] = {}
    for key, number in after.items():
        first.setdefault(number, group[key])
    shared: Counter[tuple[int, int]] = Counter()
    lowest: dict[tuple[int, int], str] = {}
    for key in sorted(set(after) & set(before)):
        pair = first[after[key]], before[key]
        shared[pair] += 1
        lowest.setdefault(pair, key)
    names: dict[int, int] = {}
    used = set[int]()
    order = sorted(shared, key=lambda pair: (-shared[pair], pair[1], lowest[pair]))
    for at, earlier in order:
        if at not in names and earlier not in used:
            names[at] = earlier
            used.add(earlier)
    for at in sorted({*first.values()} - {*names}):
        names[at] = next_id
        next_id += 1
    return {key: names[first[number]] for key, number in after.items()}


def f1(groups: Ids, person: Ids) -> float:
    """Return the pairwise F1 of groups."""

    def pairs(labels: list[object]) -> int:
        return sum(count * (count - 1) // 2 for count in Counter(labels).values())

    joined = pairs([*groups.values()])
    true = pairs([person[key] for key in groups])
    both = pairs([(number, person[key]) for key, number in groups.items()])
    return 2 * both / (joined + true)


def test_groups_keep_their_ids_by_the_rules(year: Year) -> None:
    next_id = max(year.months[0].ids.values()) + 1
    for earlier, month in zip(year.months, year.months[1:], strict=False):
        expected = named_by_the_rules(earlier.ids, month.ids, next_id)

        assert month.ids == expected, f"month {month.number}"
        next_id = max(next_id, *(number + 1 for number in month.ids.values()))


def test_no_id_comes_back_after_its_end(year: Year) -> None:
    ended = set[int]()
    for earlier, month in zip(year.months, year.months[1:], strict=False):
        present = {*month.ids.values()}
        ended |= {*earlier.ids.values()} - present

        assert not ended & present, f"month {month.number}"


def test_the_feed_replays_to_the_present_ids_each_month(year: Year) -> None:
    before: dict[str, int] = {}
    for month in year.months:
        assert replayed(month.events, {}) == month.ids, f"month {month.number}"

        changes = year.folder / f"{month.number}_out.changes.csv"
        assert replayed(changes, before) == month.ids, f"month {month.number}"
        before = month.ids


def test_a_feed_only_grows(year: Year) -> None:
    feeds = [read(month.events) for month in year.months]

    for earlier, later in zip(feeds, feeds[1:], strict=False):
        assert later[: len(earlier)] == earlier
    since = run(year.folder, "identity", "events", "ids", "--since", str(year.months[-1].last))
    lines = [json.loads(line) for line in since.stdout.splitlines()]
    assert [line["seq"] for line in lines] == [
        int(row["seq"]) for row in feeds[-1][len(feeds[-2]) :]
    ]


def test_each_month_is_as_good_as_a_full_run(year: Year) -> None:
    for month in year.months:
        kept, full = f1(month.ids, month.person), f1(month.full, month.person)

        assert kept == pytest.approx(full, abs=0.005), f"month {month.number}"
        assert kept > 0.8


def test_ids_of_january_resolve_in_december(year: Year) -> None:
    january, december = year.months[0].ids, year.months[-1].ids
    ends = defaultdict[int, dict[str, list[int]]](lambda: defaultdict(list))
    for row in read(year.months[-1].events):
        if row["event"] in ("merged", "split", "retired"):
            of_run = ends[int(row["previous_match_id"])][row["run"]]
            of_run += [int(row["match_id"])] if row["match_id"] else []
    active = {*december.values()}

    def reached(number: int) -> set[int]:
        if number in active:
            return {number}
        last = [*ends[number].values()][-1]
        return set[int]().union(*(reached(one) for one in last))

    gone = sorted({*january.values()} - active)
    for number in [*gone[:: max(1, len(gone) // 15)], min(active)]:
        done = run(year.folder, "identity", "resolve", "ids", str(number))

        assert {int(line) for line in done.stdout.split()} == reached(number)


def test_a_batch_that_comes_twice_changes_nothing(year: Year) -> None:
    folder = year.folder

    assert len(read_export(folder / "twice.changes.csv")) == 0
    assert ids_of(folder / "twice.csv") == ids_of(folder / f"{AGAIN}_out.csv")


def test_the_same_batch_gives_the_same_bytes(year: Year) -> None:
    for name in ("", ".changes"):
        original = year.folder / f"{AGAIN}_out{name}.csv"

        assert (year.folder / f"copy{name}.csv").read_bytes() == original.read_bytes()


def ids_of(path: Path) -> dict[str, int]:
    return {row[KEY]: int(row["match_id"]) for row in read_export(path)}


def test_golden_rows_are_as_declared(year: Year) -> None:
    for month in year.months:
        members = defaultdict[str, list[Row]](list)
        for row in month.rows:
            members[row["match_id"]].append(row)

        assert [row["match_id"] for row in month.golden] == sorted(members, key=int)
        for golden in month.golden:
            rows = members[golden["match_id"]]
            assert int(golden["size"]) == len(rows)
            assert golden[KEY] == min(row[KEY] for row in rows)
            assert amount(golden["Umsatz"]) == max(amount(row["Umsatz"]) for row in rows)
            phones = [row for row in rows if row["Telefon"]]
            newest = max((day(row["Geändert"]) for row in phones), default=None)
            allowed = {row["Telefon"] for row in phones if day(row["Geändert"]) == newest}
            assert golden["Telefon"] in (allowed or {""})
            assert [golden[name] for name in HOME] in [[row[name] for name in HOME] for row in rows]


def test_other_labels_and_another_threshold_match_earlier_groups_again(year: Year) -> None:
    for month in year.months[1:]:
        events = read(month.events)[month.last :]
        again = sum(row["reason"] == "matched again" for row in events)

        assert again > 20 if MODES[month.number] == "full" else again < 20, f"month {month.number}"
