from __future__ import annotations

import hashlib
import re
import runpy
from pathlib import Path

import pytest

import matchloop as ml

DATA = Path(__file__).parent.parent / "data"
GENERATED = ["customers", "products_two_shops"]
APART = ["shop_north.csv", "shop_south.csv"]
"""The table of the two shops once more, each shop by itself."""


def test_the_readme_names_each_table_with_its_checksum() -> None:
    listed = dict(
        re.findall(r"\| (\S+\.csv) \|.*\| ([0-9a-f]{64}) \|", (DATA / "README.md").read_text())
    )
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in DATA.glob("*.csv")}

    assert listed == found


def test_the_generator_writes_the_same_bytes(tmp_path: Path) -> None:
    runpy.run_path(str(DATA / "generate.py"))["generate"](tmp_path)

    written = sorted(path.name for path in tmp_path.iterdir())
    expected = [f"{name}{end}.csv" for name in GENERATED for end in ("", "_truth")]
    assert written == sorted([*expected, *APART])
    for name in written:
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


@pytest.mark.parametrize("name", GENERATED)
def test_each_table_has_its_truth(name: str) -> None:
    records = ml.read_records(DATA / f"{name}.csv", key="id")
    truth = ml.read_records(DATA / f"{name}_truth.csv", key="id")

    assert records.keys.equals(truth.keys)
