"""What blocking keeps of the true pairs of public tables, at no more than 12 a record."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pytest

from matchloop.data.records import Kind, Records
from matchloop.data.views import Views
from matchloop.matching.blocking import BlockingReport, block

FOLDER = os.environ.get("MATCHLOOP_DATA")


def read(path: Path) -> pa.Table:
    parse = csv.ParseOptions(newlines_in_values=True)
    names = csv.read_csv(path, parse_options=parse).column_names
    types = dict.fromkeys(names, pa.string())
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
    return csv.read_csv(path, parse_options=parse, convert_options=options)


def loaded(name: str) -> tuple[Records, tuple[list[str], list[str]]]:
    """Read a table of the layout tableA, tableB, gold or records, gold."""
    folder = Path(str(FOLDER)) / name
    gold = read(folder / "gold.csv")
    left, right = gold["id_a"].to_pylist(), gold["id_b"].to_pylist()
    if (folder / "records.csv").exists():
        table = read(folder / "records.csv")
        columns = [column for column in table.column_names if column != "id"]
        return Records(table, "id", dict.fromkeys(columns, Kind.NAME)), (left, right)
    parts = []
    for side in "AB":
        part = read(folder / f"table{side}.csv")
        keys = pc.binary_join_element_wise(side, part["id"], "-")
        part = part.set_column(part.column_names.index("id"), "id", keys)
        parts.append(part.append_column("from", pa.array([side] * len(part))))
    table = pa.concat_tables(parts, promote_options="default")
    columns = [column for column in table.column_names if column not in ("id", "from")]
    records = Records(table, "id", dict.fromkeys(columns, Kind.NAME), "from")
    return records, ([f"A-{key}" for key in left], [f"B-{key}" for key in right])


@pytest.mark.tables
@pytest.mark.skipif(FOLDER is None, reason="MATCHLOOP_DATA names no folder of benchmark tables")
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("abt_buy", 0.99),
        ("amazon_google", 0.97),
        ("dblp_acm", 0.999),
        ("febrl1", 0.999),
        ("febrl3", 0.999),
        ("febrl4", 0.999),
        ("restaurants_oaei", 0.999),
        ("rldata500", 0.999),
        ("fake_1000", 0.98),
    ],
)
def test_true_pairs_are_kept(name: str, least: float) -> None:
    records, (left, right) = loaded(name)
    rows = records.positions
    truth = (np.array([rows[key] for key in left]), np.array([rows[key] for key in right]))

    pairs = block(Views(records))

    report = BlockingReport.of(pairs, records.keys.to_pylist(), truth)
    smaller = len(records) if records.sources is None else int(np.bincount(records.sources).min())
    assert len(pairs) <= 12 * smaller
    assert report.found is not None
    assert report.matches
    assert report.found / report.matches >= least
