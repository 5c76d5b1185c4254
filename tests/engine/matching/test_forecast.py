from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import matchloop as ml
from matchloop.cli import main
from matchloop.data.records import Kind, Records
from matchloop.data.views import Views
from matchloop.errors import TableError
from matchloop.matching import forecast as forecasting
from matchloop.matching.backends import needs, prepare
from matchloop.matching.backends.needs import check_memory
from matchloop.matching.blocking import block, expected_pairs
from matchloop.matching.blocking import rules as blocking_rules
from matchloop.matching.forecast import forecast

DATA = Path(__file__).parents[3] / "data"


def persons(rows: int, *, sources: int = 0) -> Records:
    """Make rows of two words and a number, of which every third repeats the one before."""
    rng = np.random.default_rng(0)
    entity = np.arange(rows) - (np.arange(rows) % 3 == 2)
    words = rng.integers(0, rows // 4, (rows, 2))[entity]
    columns: dict[str, object] = {
        "id": [str(row) for row in range(rows)],
        "name": [f"ab{first:x} cd{second:x}" for first, second in words],
        "town": [f"town{number}" for number in rng.integers(0, 50, rows)],
    }
    if sources:
        columns["shop"] = [f"s{number}" for number in rng.integers(0, sources, rows)]
    kinds = {"name": Kind.NAME, "town": Kind.CATEGORY}
    return Records(pa.table(columns), "id", kinds, "shop" if sources else None)


@pytest.mark.parametrize("name", ["people.csv", "customers.csv"])
def test_the_pairs_of_a_small_table_are_exact(name: str) -> None:
    records = ml.read_records(DATA / name, key="id")

    assert forecast(records).pairs == len(prepare(records).candidates)


@pytest.mark.parametrize("sources", [0, 2])
def test_the_pairs_of_a_large_table_are_estimated_from_some_keys(
    sources: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking_rules, "RICH_RECORDS", 1_000)
    records = persons(20_000, sources=sources)

    estimate = expected_pairs(Views(records))

    assert estimate == pytest.approx(len(block(Views(records))), rel=0.3)


def test_features_of_several_passes_are_spilled_beyond_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = ml.read_records(DATA / "people.csv", key="id")
    monkeypatch.setattr(forecasting, "KEPT_BYTES", 1_000)

    once, twice = forecast(records), forecast(records, passes=2)

    assert once.disk_bytes == 0
    assert twice.disk_bytes % (4 * twice.pairs) == 0
    assert twice.disk_bytes > 0


def test_a_table_that_cannot_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    records = ml.read_records(DATA / "people.csv", key="id")
    check_memory(records)
    monkeypatch.setattr(needs, "_memory_of_machine", lambda: 10 << 20)

    with pytest.raises(TableError, match="records need about .* MiB of memory and this machine"):
        check_memory(records)


def test_a_dry_run_prints_the_forecast_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = [str(DATA / "people.csv"), "--key", "id", "--dry-run"]

    assert main(["match", *options]) == 0
    said = capsys.readouterr().err
    assert main(["match", *options, "-o", "out.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert f"about {found['pairs']:,} candidate pairs" in said
    assert found["memory_bytes"] > 100 << 20
    assert list(tmp_path.iterdir()) == []


def test_only_a_dry_run_goes_without_an_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["match", str(DATA / "people.csv"), "--key", "id"]) == 2
    assert "--output FILE is missing, the table to write" in capsys.readouterr().err


def test_a_table_that_cannot_fit_its_limit_is_refused_before_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = ml.read_records(DATA / "people.csv", key="id", memory="1GiB")
    check_memory(records)
    monkeypatch.setattr(needs, "AT_WORK", 2 << 30)

    with pytest.raises(TableError, match=r"need about 2,048 MiB of memory and the limit is 1,024"):
        prepare(records)


def test_a_model_that_cannot_be_fitted_under_the_limit_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = ml.read_records(DATA / "people.csv", key="id", memory="1GiB")
    prepare(records)
    monkeypatch.setattr(needs, "FITTING", 1 << 30)

    with pytest.raises(TableError, match=r"learning from this table needs about .* saved model"):
        ml.Matcher().fit(records)


def test_the_time_of_a_forecast_is_that_of_all_cores() -> None:
    expected = forecast(ml.read_records(DATA / "people.csv", key="id"))

    assert 0 < expected.seconds <= expected.cpu_seconds


def test_a_limit_needs_room_in_the_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    records = ml.read_records(DATA / "people.csv", key="id", memory="1GiB")
    monkeypatch.setattr(needs, "KEPT", 1e15)

    with pytest.raises(TableError, match="of temporary files and their folder has .* free"):
        prepare(records)


def test_a_limit_lowers_the_memory_of_the_forecast_and_needs_disk() -> None:
    records = persons(60_000)
    under = ml.read_records(records.table, key="id", kinds=records.kinds, memory="1GiB")

    free, bound = needs.needed_bytes(records, 200_000), needs.needed_bytes(under, 200_000)

    assert needs.kept_bytes(records) == 0
    assert needs.kept_bytes(under) > records.table.nbytes
    assert bound - needs.AT_WORK < free - needs.STARTED


def test_a_memory_limit_writes_the_same_bytes(tmp_path: Path) -> None:
    options = ["match", str(DATA / "people.csv"), "--key", "id", "-o"]

    assert main([*options, str(tmp_path / "free.csv")]) == 0
    assert main([*options, str(tmp_path / "bound.csv"), "--memory", "1GiB"]) == 0

    assert (tmp_path / "free.csv").read_bytes() == (tmp_path / "bound.csv").read_bytes()
