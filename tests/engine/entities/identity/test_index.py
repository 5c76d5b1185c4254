from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from matchloop import Identity, Matcher, Records, read_records
from matchloop.entities.identity import IdentityRun
from matchloop.entities.identity.index import open_index
from matchloop.errors import InputError

PEOPLE = Path(__file__).resolve().parents[4] / "data" / "people.csv"

pytestmark = pytest.mark.usefixtures("_every_folder_is_large")


@pytest.fixture
def _every_folder_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matchloop.matching.blocking.rules.RICH_RECORDS", 0)


@cache
def people() -> Records:
    return read_records(PEOPLE, key="id")


@cache
def matcher() -> Matcher:
    return Matcher().fit(people())


def part(start: int, stop: int) -> Records:
    table = people().table.slice(start, stop - start)
    return Records(table, "id", dict(people().kinds))


def folder_of(path: Path, stop: int = 320) -> Path:
    Identity(path).match(part(0, stop), matcher()).commit()
    return path


def is_near(run: IdentityRun) -> bool:
    """Tell whether a run read a part of the folder only."""
    return len(run.near) < len(run.matches)


def pairs_of(table: pa.Table) -> set[tuple[str, str]]:
    groups: dict[int, list[str]] = {}
    for row in table.select(["id", "match_id"]).to_pylist():
        groups.setdefault(row["match_id"], []).append(row["id"])
    return {
        (one, other) for keys in groups.values() for one in keys for other in keys if one < other
    }


def test_a_batch_is_matched_as_by_all_rows(tmp_path: Path) -> None:
    indexed = folder_of(tmp_path / "indexed")
    whole = Path(shutil.copytree(indexed, tmp_path / "whole"))
    shutil.rmtree(whole / "index")

    by_index, by_rows = (
        Identity(path).match(part(320, 400), matcher()) for path in (indexed, whole)
    )

    assert is_near(by_index)
    assert not is_near(by_rows)
    found, expected = (pairs_of(run.table(rows="all")) for run in (by_index, by_rows))
    # scores of pairs made before are kept, and frequencies are those of the folder
    assert len(found & expected) >= 0.98 * len(found | expected)


def test_what_all_rows_give_is_what_the_folder_holds(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    run = Identity(folder).match(part(300, 400), matcher(), deleted=[part(0, 1).keys[0].as_py()])
    matches = run.matches
    table = run.table(rows="all")
    run.commit()
    after = Identity(folder)

    assert after.check().records == 399
    given = dict(
        zip(table.column("id").to_pylist(), table.column("match_id").to_pylist(), strict=True)
    )
    state = after.state
    assert given == dict(zip(state.keys.to_pylist(), state.match_id.tolist(), strict=True))
    assert after.records is not None
    held = {row["id"]: row for row in after.records.table.to_pylist()}
    assert held == {row["id"]: row for row in people().table.to_pylist()[1:]}
    pairs = matches.scores.pairs
    assert (np.diff(pairs.ids()) > 0).all()
    assert {*run.near.records.keys.to_pylist()} <= {*matches.records.keys.to_pylist()}


def test_batch_after_batch_is_found_by_the_next(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    for start in range(320, 380, 20):
        run = Identity(folder).match(part(start, start + 20), matcher())
        assert is_near(run)
        run.commit()
    twins = part(320, 380)
    keys = pa.array([f"twin {key}" for key in twins.keys.to_pylist()])
    table = twins.table.set_column(twins.table.column_names.index("id"), "id", keys)
    run = Identity(folder).match(Records(table, "id", dict(people().kinds)), matcher())

    ids = dict(
        zip(
            run.matches.records.keys.to_pylist(),
            run.matches.match_id.tolist(),
            strict=True,
        )
    )
    together = [ids[key] == ids[f"twin {key}"] for key in twins.keys.to_pylist()]
    assert all(together)


def cut_short(folder: Path) -> None:
    for path in (folder / "index").glob("*.arrays"):
        path.write_bytes(path.read_bytes()[:-64])


def damaged(folder: Path) -> None:
    for path in (folder / "index").glob("*.arrays"):
        path.write_bytes(b"nothing of the kind" + path.read_bytes())


def removed(folder: Path) -> None:
    shutil.rmtree(folder / "index")


@pytest.mark.parametrize("harm", [cut_short, damaged, removed])
def test_an_index_that_does_not_serve_is_written_anew(tmp_path: Path, harm: Any) -> None:
    folder = folder_of(tmp_path)
    harm(folder)
    run = Identity(folder).match(part(320, 330), matcher())

    assert not is_near(run)
    run.commit()
    assert is_near(Identity(folder).match(part(330, 340), matcher()))
    Identity(folder).check()


def test_check_finds_a_changed_index_and_accepts_a_missing_one(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    largest = max((folder / "index").iterdir(), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[-1] ^= 1
    largest.write_bytes(bytes(data))

    with pytest.raises(InputError, match="was changed or cut short"):
        Identity(folder).check()
    largest.unlink()
    assert Identity(folder).check().records == 320


def test_another_model_gets_an_index_of_its_own(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    other = Matcher(seed=1, accuracy_cost=0.7).fit(people())
    strict = Matcher.load(saved(tmp_path / "strict.model"))

    assert open_index(Identity(folder).store, Identity(folder).head, other) is None
    assert open_index(Identity(folder).store, Identity(folder).head, strict) is not None
    run = Identity(folder).match(part(320, 330), other)
    assert not is_near(run)
    run.commit()
    assert is_near(Identity(folder).match(part(330, 340), other))


def saved(path: Path) -> Path:
    """Save the matcher under another threshold, which changes no score."""
    from dataclasses import replace

    replace(matcher(), threshold=0.9).save(path)
    return path


def test_a_folder_that_grew_by_a_quarter_gets_a_new_index(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, 300)
    Identity(folder).match(part(300, 380), matcher()).commit()
    head = Identity(folder).head
    assert head is not None
    assert len(head.index) == 5  # two files of the table, two of the batch, one of the ids

    run = Identity(folder).match(part(380, 390), matcher())
    assert not is_near(run)
    run.commit()
    head = Identity(folder).head
    assert head is not None
    assert len(head.index) == 3
    assert head.later_records == ()


def test_a_batch_with_another_column_is_matched_with_all_rows(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    batch = part(320, 330)
    table = batch.table.append_column("shop", pa.array(["north"] * 10))
    run = Identity(folder).match(Records(table, "id", dict(people().kinds)), matcher())

    assert not is_near(run)
    run.commit()
    kept = Identity(folder).records
    assert kept is not None
    assert kept.table.column("shop").to_pylist()[-10:] == ["north"] * 10


def test_copies_of_a_record_join_it_however_many_there_are(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    one = part(5, 6).table
    key = part(5, 6).keys[0].as_py()
    for batch in range(3):
        keys = pa.array([f"copy {batch} {number}" for number in range(4)])
        copies = pa.concat_tables([one] * 4).set_column(one.column_names.index("id"), "id", keys)
        Identity(folder).match(Records(copies, "id", dict(people().kinds)), matcher()).commit()
    state = Identity(folder).state
    ids = dict(zip(state.keys.to_pylist(), state.match_id.tolist(), strict=True))

    assert {ids[name] for name in ids if name.startswith("copy")} == {ids[key]}
