import pyarrow as pa

from matchloop.active_learning.questions import legible_rows
from matchloop.data.records import Kind, Records

COLUMNS = ("name", "street", "town", "born", "mail")


def rows(*values: tuple[str | None, ...]) -> Records:
    table = {"id": [str(number) for number in range(len(values))]}
    for place, name in enumerate(COLUMNS):
        table[name] = pa.array([row[place] for row in values], pa.string())
    return Records(pa.table(table), "id", dict.fromkeys(COLUMNS, Kind.NAME))


def test_rows_of_replacement_characters_and_nearly_empty_rows_cannot_be_judged() -> None:
    whole = ("anna abbott", "high street 1", "leeds", "1970", "anna@example.org")
    found = legible_rows(
        rows(
            whole,
            ("\ufffd\ufffd\ufffd a", "???? ??", "\ufffd\ufffd", None, None),
            ("anna", None, None, None, None),
            ("-", ".", "", None, "/"),
            (None, None, "leeds", None, None),
            ("\u5f20\u4f1f", "\u5317\u4eac\u8def 1", "", None, None),
            ("M\ufffdller", "Ring 2", None, "1970", None),
            *[whole] * 9,
        )
    )

    assert found[:7].tolist() == [True, False, False, False, False, True, True]


def test_short_values_of_a_table_with_one_column_can_be_judged() -> None:
    table = pa.table({"id": ["1", "2", "3"], "title": ["up", "alien", ""]})

    assert legible_rows(Records(table, "id", {"title": Kind.TEXT})).tolist() == [True, True, False]
