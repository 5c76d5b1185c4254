from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import matchloop as ml
from matchloop.data.records import Kind, Records
from matchloop.entities.golden import GoldenRows
from matchloop.errors import RulesError, TableError, UsageError

KINDS = {"name": Kind.NAME, "street": Kind.NAME, "city": Kind.NAME, "updated": Kind.DATE}


def records(**columns: list[Any]) -> Records:
    rows = len(columns["match_id"])
    table = {"id": [str(number) for number in range(1, rows + 1)], **columns}
    kinds = {name: KINDS.get(name, Kind.NAME) for name in table if name not in ("id", "match_id")}
    kinds.pop("source", None)
    kinds.pop("match_confidence_score", None)
    return Records(pa.table(table), "id", kinds)


def golden(rules: Mapping[str, Any] | None = None, **columns: list[Any]) -> GoldenRows:
    return ml.golden_rows(records(**columns), rules=rules)


def chosen(name: str, result: GoldenRows) -> list[Any]:
    values: list[Any] = result.table[name].to_pylist()
    return values


def rule_of(column: str, result: GoldenRows) -> list[tuple[str | None, str]]:
    rows = [row for row in result.provenance.to_pylist() if row["column"] == column]
    return [(row["key"], row["rule"]) for row in rows]


def test_a_group_becomes_one_row_behind_its_id_size_and_confidence() -> None:
    result = golden(
        match_id=[7, 3, 7], name=["Ann", "Bob", "Ann"], match_confidence_score=[0.5, 1.0, 0.5]
    )

    assert result.table.to_pylist() == [
        {"match_id": 3, "size": 1, "confidence": 1.0, "id": "2", "name": "Bob"},
        {"match_id": 7, "size": 2, "confidence": 0.5, "id": "1", "name": "Ann"},
    ]


def test_the_most_frequent_value_wins_whatever_its_case_and_spaces() -> None:
    result = golden(match_id=[1] * 4, name=["Maximilian", "ann", "Ann ", "Ann "])

    assert chosen("name", result) == ["Ann "]
    assert rule_of("name", result) == [("3", "most_frequent")]


def test_among_equally_frequent_names_the_longest_wins() -> None:
    result = golden(match_id=[1, 1], name=["J. Smith", "John Smith"])

    assert rule_of("name", result) == [("2", "longest")]


@pytest.mark.parametrize("word", ["n/a", "unknown", "-", "", "  ", None, "N/A", "not given"])
def test_a_stand_in_for_a_missing_value_is_never_chosen(word: str | None) -> None:
    result = golden(match_id=[1, 1, 1, 2], name=[word, word, "Ann", word])

    assert chosen("name", result) == ["Ann", None]
    assert rule_of("name", result) == [("3", "only_value")]


@pytest.mark.parametrize(
    "date", ["9999-12-31", "31.12.9999", "99991231", "0000-00-00", "0001-01-01"]
)
def test_a_date_that_stands_for_none_is_neither_chosen_nor_the_latest(date: str) -> None:
    rules = {"columns": {"updated": "latest(updated)", "name": "latest(updated)"}}
    result = golden(
        rules, match_id=[1, 1, 1], name=["a", "b", "c"], updated=[date, "2024-02-01", "2023-05-01"]
    )

    assert chosen("updated", result) == ["2024-02-01"]
    assert chosen("name", result) == ["b"]


def test_a_value_that_a_table_uses_for_missing_ones_is_never_chosen_and_named() -> None:
    rows = 400
    names = ["xxx" if row % 8 == 0 else f"{chr(97 + row % 26)}name {row}" for row in range(rows)]
    cities = [f"{chr(97 + row * 7 % 26)}{chr(97 + row * 11 % 26)}ty {row}" for row in range(rows)]
    result = golden(match_id=[row // 2 for row in range(rows)], name=names, city=cities)

    assert "xxx" not in chosen("name", result)
    assert any('"xxx"' in note for note in result.notes)


def test_values_that_the_rules_call_missing_are_never_chosen() -> None:
    result = golden({"missing": ["TBD"]}, match_id=[1, 1, 1], name=["tbd", "TBD", "Ann"])

    assert chosen("name", result) == ["Ann"]


def test_a_chain_falls_through_to_the_rule_that_leaves_one_value() -> None:
    rules = {
        "source": "origin",
        "columns": {"name": [{"source": ["crm", "shop"]}, "latest(updated)", "longest"]},
    }
    result = golden(
        rules,
        match_id=[1, 1, 1, 2, 2, 3, 3],
        name=["a", "bb", "c", "d", "ee", "f", "gg"],
        origin=["shop", "crm", "crm", "shop", "shop", "web", "web"],
        updated=["2024-01-01", "2023-01-01", "2023-01-02", "2024", None, None, None],
    )

    assert chosen("name", result) == ["c", "d", "gg"]
    assert rule_of("name", result) == [
        ("3", "latest(updated)"),
        ("4", "latest(updated)"),
        ("7", "longest"),
    ]


def test_the_time_of_day_and_its_zone_decide_which_is_latest() -> None:
    result = golden(
        {"columns": {"name": "latest(updated)"}},
        match_id=[1, 1, 2, 2, 3, 3],
        name=list("abcdef"),
        updated=[
            "2024-05-01T10:00:00Z",
            "2024-05-01T11:30:00+02:00",
            "2024-05-01 01:00 PM",
            "2024-05-01 12:59",
            "20240501100000",
            "20240501100001",
        ],
    )

    assert chosen("name", result) == ["a", "c", "f"]


def test_columns_that_move_together_come_from_one_record() -> None:
    rules = {"together": [{"columns": ["street", "city"], "pick": "most_complete"}]}
    result = golden(
        rules,
        match_id=[1, 1, 1, 2, 2],
        street=["Main St 1", "Main St 1", "Elm 2", None, "Oak 3"],
        city=[None, None, "Bonn", "Köln", None],
    )

    assert chosen("street", result) == ["Elm 2", None]
    assert chosen("city", result) == ["Bonn", "Köln"]
    assert rule_of("street", result) == [("3", "most_complete"), ("4", "lowest_key")]
    assert rule_of("city", result) == rule_of("street", result)


def test_all_columns_can_come_from_the_record_with_the_lowest_key() -> None:
    table = pa.table({"id": ["10", "9", "11"], "match_id": [1, 1, 1], "name": ["a", None, "c"]})
    read = Records(table, "id", {"name": Kind.NAME})
    rules = {"together": [{"columns": ["*"], "pick": "lowest_key"}]}

    assert ml.golden_rows(read, rules=rules).table.to_pylist() == [
        {"match_id": 1, "size": 3, "confidence": None, "id": "9", "name": None}
    ]


def test_all_keeps_the_distinct_values_as_a_list() -> None:
    result = golden(
        {"columns": {"name": "all"}}, match_id=[1, 1, 1, 2, 3], name=["b", "a", "b", None, "c"]
    )

    assert chosen("name", result) == [["b", "a"], None, ["c"]]
    assert rule_of("name", result) == [(None, "all")]


def test_unanimous_is_empty_where_records_differ_and_counted() -> None:
    result = golden(
        {"columns": {"name": "unanimous"}},
        match_id=[1, 1, 2, 2, 3, 3],
        name=["x", "y", "Z", "z ", None, "w"],
    )

    assert chosen("name", result) == [None, "Z", "w"]
    assert result.conflicts == {"name": 1}
    assert rule_of("name", result)[0] == (None, "unanimous")


def test_the_source_column_lists_the_sources_of_a_group() -> None:
    table = pa.table(
        {"id": [1, 2, 3], "match_id": [1, 1, 2], "shop": ["s", "n", "s"], "name": ["a", "b", "c"]}
    )
    read = Records(table, "id", {"name": Kind.NAME}, "shop")

    assert ml.golden_rows(read).table["shop"].to_pylist() == [["s", "n"], ["s"]]


def test_the_largest_and_the_smallest_compare_numbers_by_size() -> None:
    columns = {"match_id": [1, 1, 1], "name": ["9", "10", "n/a"]}
    read = Records(pa.table({"id": [1, 2, 3], **columns}), "id", {"name": Kind.NUMBER})

    for rule, value in (("largest", "10"), ("smallest", "9")):
        assert chosen("name", ml.golden_rows(read, rules={"default": rule})) == [value]


def test_dates_written_in_two_ways_vote_together() -> None:
    result = golden(match_id=[1] * 3, updated=["31.1.2020", "2024-05-06", "2020-01-31"])

    assert chosen("updated", result) == ["2020-01-31"]


def test_the_order_breaks_ties_before_the_key_and_puts_missing_values_last() -> None:
    rules = {"order": ["updated desc"], "default": "first_non_null"}
    result = golden(
        rules, match_id=[1] * 3, name=["a", "b", "c"], updated=[None, "2020-01-01", "2021-01-01"]
    )

    assert chosen("name", result) == ["c"]


def test_columns_of_the_table_keep_their_names_where_results_have_the_same() -> None:
    result = golden(match_id=[1, 1], size=["XL", "XL"])

    assert result.table.column_names == ["match_id", "match_size", "confidence", "id", "size"]
    assert any("match_size" in note for note in result.notes)


def test_values_keep_their_types_and_lists_and_bytes_are_chosen_too() -> None:
    table = pa.table(
        {
            "id": [1, 2, 3],
            "match_id": [1, 1, 1],
            "name": ["a", "b", "c"],
            "tags": pa.array([["x"], ["y"], ["y"]]),
            "raw": pa.array([b"\xff", b"\xff", b"\x01"]),
            "price": pa.array([1.5, 2.5, 2.5]),
            "at": pa.array([1, 2, 2], pa.timestamp("ms", "UTC")),
            "code": pa.array(["p", "q", "q"]).dictionary_encode(),
        }
    )
    read = Records(table, "id", {"name": Kind.NAME})
    result = ml.golden_rows(read).table

    row = result.to_pylist()[0]
    assert (row["tags"], row["raw"], row["price"], row["code"]) == (["y"], b"\xff", 2.5, "q")
    assert result.schema.field("at").type == pa.timestamp("ms", "UTC")


def test_matches_and_the_table_they_write_give_the_same_rows() -> None:
    read = ml.read_records("data/people.csv", key="id")
    matches = ml.Matcher().fit(read).find_matches(read)
    again = ml.read_records(matches.table(), key="id", kinds=read.kinds)

    assert ml.golden_rows(matches).table.equals(ml.golden_rows(again).table)


def test_a_source_that_no_record_comes_from_is_named() -> None:
    rules = {"source": "origin", "columns": {"name": {"source": ["CRM", "shop"]}}}
    result = golden(rules, match_id=[1, 1], name=["a", "b"], origin=["crm", "shop"])

    assert result.notes == (
        "columns.name, rule 'source': no record comes from 'CRM'; the column 'origin' holds "
        "'crm', 'shop'",
    )


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"colums": {}}, "no setting 'colums'; did you mean 'columns'?"),
        ({"columns": {"nme": "longest"}}, "columns.nme: the table has no column 'nme'; did you"),
        ({"columns": {"name": "longst"}}, "columns.name: no rule 'longst'; did you mean 'longest'"),
        ({"columns": {"name": []}}, "columns.name: no rule; expected one or more"),
        ({"columns": {"name": 3}}, "columns.name: 3 was given; expected a text or a list"),
        ({"columns": {"name": ["all", "longest"]}}, "'all' keeps every value; it must be the only"),
        ({"columns": {"name": ["unanimous", "longest"]}}, "'unanimous' always decides"),
        ({"columns": {"name": "latest"}}, "the rule 'latest' takes one column of dates"),
        ({"columns": {"name": "longest(city)"}}, "the rule 'longest' takes no argument"),
        ({"columns": {"name": "latest(date)"}}, "columns.name, rule 'latest(date)': the table has"),
        ({"columns": {"name": {"source": ["a"]}}}, "no column names the source of a record"),
        ({"default": "median"}, "default: no rule 'median'"),
        ({"order": ["when desc"]}, "order: the table has no column 'when'"),
        ({"order": "name"}, None),
        ({"together": [{"columns": ["name"]}]}, "together[1]: 'name' alone moves with nothing"),
        ({"together": [{"pick": "longest"}]}, "together[1]: columns are missing"),
        ({"together": [{"columns": ["name", "city"], "pick": "all"}]}, "together[1].pick: the rul"),
        (
            {"columns": {"name": "longest"}, "together": [{"columns": ["name", "city"]}]},
            "together[1]: the column 'name' is in columns.name as well",
        ),
    ],
)
def test_wrong_rules_are_one_line_that_names_the_place(
    rules: dict[str, Any], message: str | None
) -> None:
    columns: dict[str, list[Any]] = {"match_id": [1, 1], "name": ["a", "b"], "city": ["c", "d"]}
    if message is None:
        golden(rules, **columns)
        return
    with pytest.raises(RulesError) as raised:
        golden(rules, **columns)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_table_that_was_not_matched_is_refused() -> None:
    read = Records(pa.table({"id": [1, 2], "name": ["a", "b"]}), "id", {"name": Kind.NAME})
    with pytest.raises(TableError, match="no column 'match_id'"):
        ml.golden_rows(read)
    with pytest.raises(TableError, match="has no value in 1 of 2 rows"):
        golden(match_id=[1, None], name=["a", "b"])
    with pytest.raises(UsageError, match="golden rows cannot be built from a Table"):
        ml.golden_rows(read.table)


# A slow reference: each group by itself, in plain Python.

SCORES: dict[str, Callable[[dict[str, Any], str], Any]] = {
    "longest": lambda row, column: len(row[column].strip()),
    "shortest": lambda row, column: -len(row[column].strip()),
    "most_complete": lambda row, column: sum(
        row[name] is not None for name in ("id", "name", "city", "updated", "origin")
    ),
    "lowest_key": lambda row, column: -int(row["id"]),
    "latest(updated)": lambda row, column: row["updated"],
    "source(crm, shop)": lambda row, column: {"crm": 2, "shop": 1}.get(row["origin"]),
}


def narrowed(rule: str, rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    if rule == "first_non_null":
        return rows[:1]
    if rule == "most_frequent":
        for form in (str.casefold, str):
            votes = [
                form(row[column]).strip() if form is str.casefold else row[column] for row in rows
            ]
            most = max(votes.count(vote) for vote in votes)
            rows = [row for row, vote in zip(rows, votes, strict=True) if votes.count(vote) == most]
        return rows
    scores = [SCORES[rule](row, column) for row in rows]
    best = max((score for score in scores if score is not None), default=None)
    return [row for row, score in zip(rows, scores, strict=True) if best is None or score == best]


def reference(
    rows: list[dict[str, Any]], column: str, chain: list[str]
) -> Iterator[tuple[str | None, str | None, str, set[str]]]:
    for group in sorted({row["match_id"] for row in rows}):
        members = sorted(
            (row for row in rows if row["match_id"] == group),
            key=lambda row: (row["updated"] is None, _down(row["updated"]), int(row["id"])),
        )
        left = [row for row in members if row[column] is not None]
        values = {row[column] for row in left}
        rule = "only_value" if left else "missing"
        for name in chain:
            if len({row[column] for row in left}) < 2:
                break
            left, rule = narrowed(name, left, column), name
        if len({row[column] for row in left}) > 1:
            rule = "order"
        if not left:
            yield None, None, rule, set()
        else:
            yield left[0][column], left[0]["id"], rule, values - {left[0][column]}


def _down(date: str | None) -> int:
    return -int(date.replace("-", "")) if date else 0


VALUES = st.sampled_from(["ab", "Ab", "ab ", "abc", "xyz", "q", None])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "match_id": st.integers(0, 4),
            "name": VALUES,
            "city": VALUES,
            "updated": st.sampled_from(["2024-01-01", "2024-01-02", "2023-12-31", None]),
            "origin": st.sampled_from(["crm", "shop", "web"]),
        }
    ),
    min_size=1,
    max_size=14,
)
CHAINS = st.lists(st.sampled_from([*SCORES, "most_frequent"]), min_size=1, max_size=3).filter(
    lambda chain: "lowest_key" not in chain[:-1]
)


@given(ROWS, CHAINS, st.randoms())
def test_every_chain_chooses_what_a_slow_reference_chooses(
    rows: list[dict[str, Any]], chain: list[str], random: Any
) -> None:
    keys = list(range(1, len(rows) + 1))
    random.shuffle(keys)
    rows = [{"id": str(key), **row} for key, row in zip(keys, rows, strict=True)]
    schema = pa.schema(
        [("id", pa.string()), ("match_id", pa.int64())]
        + [(name, pa.string()) for name in ("name", "city", "updated", "origin")]
    )
    kinds = {"name": Kind.NAME, "city": Kind.NAME, "updated": Kind.DATE, "origin": Kind.CATEGORY}
    read = Records(pa.Table.from_pylist(rows, schema), "id", kinds)
    result = ml.golden_rows(
        read, rules={"source": "origin", "order": ["updated desc"], "columns": {"name": chain}}
    )
    expected = list(reference(rows, "name", chain))
    sizes = result.table["size"].to_pylist()

    assert result.table["name"].to_pylist() == [value for value, *_ in expected]
    traced = [row for row in result.provenance.to_pylist() if row["column"] == "name"]
    shared = [rest for size, (_, *rest) in zip(sizes, expected, strict=True) if size > 1]
    assert [[row["key"], row["rule"], set(row["alternatives"])] for row in traced] == shared


@given(ROWS, st.randoms())
def test_the_order_of_the_rows_changes_nothing(rows: list[dict[str, Any]], random: Any) -> None:
    schema = pa.schema(
        [("id", pa.int64()), ("match_id", pa.int64())]
        + [(name, pa.string()) for name in ("name", "city", "updated", "origin")]
    )
    kinds = {"name": Kind.NAME, "city": Kind.NAME, "updated": Kind.DATE, "origin": Kind.CATEGORY}
    rows = [{"id": number, **row} for number, row in enumerate(rows)]
    first = ml.golden_rows(Records(pa.Table.from_pylist(rows, schema), "id", kinds))
    random.shuffle(rows)
    second = ml.golden_rows(Records(pa.Table.from_pylist(rows, schema), "id", kinds))

    assert first.table.equals(second.table)
    assert first.provenance.equals(second.provenance)
