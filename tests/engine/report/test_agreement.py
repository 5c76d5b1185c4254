from __future__ import annotations

import re

import pyarrow as pa

from matchloop.data.labels import Labels
from matchloop.quality.agreement import Agreement, compare_annotators
from matchloop.report import disputed_sets, render_agreement

NAMES = ("Ann <b>", "bob", "eve")


def people(sets: int, slips: dict[str, tuple[int, str]], names: tuple[str, ...]) -> Agreement:
    """Sets of four rows, two and two; a person who slips puts a set's last row elsewhere."""
    given = {}
    for name in names:
        rows: dict[str, list[str]] = {"labeling_set_id": [], "label": [], "id": [], "street": []}
        for one in range(sets):
            groups = ["a", "a", "b", "b"]
            if name in slips and slips[name][0] == one:
                groups[3] = slips[name][1]
            for at, group in enumerate(groups):
                values = (f"s{one}", group, f"{one}-{at}", f"street <{at}>")
                for column, value in zip(rows.values(), values, strict=True):
                    column.append(value)
        given[name] = Labels.of(pa.table(rows), key="id")
    return compare_annotators(given, key="id")


def test_a_disputed_set_shows_the_groups_of_each_person_in_the_letters_of_the_consensus() -> None:
    found = people(12, {"bob": (3, "a"), "eve": (5, "c")}, NAMES)

    one, other = disputed_sets(found, 10)

    assert {one.name, other.name} == {"s3", "s5"}
    rows = {row.key: row for row in (*one.rows, *other.rows)}
    assert [rows[f"3-{at}"].consensus for at in range(4)] == ["A", "A", "B", "B"]
    assert rows["3-3"].groups == ("B", "A", "B")
    assert rows["5-3"].groups == ("B", "B", "C")
    assert rows["3-3"].shown == "street <3>"


def test_where_sides_are_even_a_row_is_open() -> None:
    found = people(12, {"bob": (0, "c")}, ("ann", "bob"))

    (one,) = disputed_sets(found, 10)

    assert [row.consensus for row in one.rows].count(None) == 1


def test_every_figure_of_the_page_has_an_interval_or_a_reason() -> None:
    page = render_agreement(people(12, {"bob": (3, "a"), "eve": (5, "c")}, NAMES))
    figures = re.findall(r"<strong>\d\.\d{3}</strong>(.*?)</t?d", page, re.DOTALL)

    assert len(figures) == 3 * 4 + 3 * 3
    assert all(re.search(r"\d\.\d{3} to \d\.\d{3}", told) for told in figures)


def test_with_few_sets_or_two_people_the_page_says_what_is_not_known() -> None:
    page = render_agreement(people(4, {"bob": (1, "a")}, ("ann", "bob")))

    assert "an interval needs 8 shared sets or more, there are 4" in page
    assert "of two people nobody can tell which one errs" in page


def test_people_who_agree_have_nothing_to_adjudicate() -> None:
    page = render_agreement(people(12, {}, NAMES))

    assert "There are no contradictions" in page
    assert "Where they differ most" not in page


def test_what_files_hold_is_escaped() -> None:
    page = render_agreement(people(12, {"bob": (3, "a")}, NAMES))

    assert "Ann <b>" not in page
    assert "street <3>" not in page
    assert "Ann &lt;b&gt;" in page
    assert "<script" not in page
