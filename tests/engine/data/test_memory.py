from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from matchloop.data import mapped_files, memory, unnamed_files
from matchloop.data.memory import UNLIMITED, BoundedMemory, Memory, memory_of
from matchloop.errors import OutputError, UsageError

GIB = 1 << 30
LONG = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    name: str
    values: NDArray[np.int64]
    parts: tuple[NDArray[np.float32], ...]


def bounded(folder: Path) -> BoundedMemory:
    return BoundedMemory(GIB, folder)


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.int32, np.float64, np.uint64])
@pytest.mark.parametrize("shape", [(0,), (3,), (LONG,), (LONG, 3)])
def test_a_kept_array_has_the_same_values(
    kind: type[np.generic], shape: tuple[int, ...], tmp_path: Path
) -> None:
    array = np.random.default_rng(0).integers(0, 200, shape).astype(kind)

    kept = bounded(tmp_path).keep(array)

    assert kept.dtype == array.dtype
    assert kept.tobytes() == array.tobytes()
    assert kept.shape == shape


def test_what_is_not_contiguous_or_read_only_is_kept_too(tmp_path: Path) -> None:
    array = np.arange(4 * LONG).reshape(LONG, 4)[::2, ::-1]
    array.flags.writeable = False

    kept = bounded(tmp_path).keep(array)

    assert (kept == array).all()
    assert kept.flags.c_contiguous
    assert not kept.flags.writeable


def test_an_array_in_a_file_is_not_written_again(tmp_path: Path) -> None:
    bound = bounded(tmp_path)
    kept = bound.keep(np.arange(LONG))

    assert bound.keep(kept) is kept
    part = kept[10_000:]
    assert bound.keep(part) is part


def test_the_arrays_of_dataclasses_and_tuples_are_kept_and_stay_shared(tmp_path: Path) -> None:
    values = np.arange(LONG)
    column = Column("a", values, (values.astype(np.float32), np.zeros(3, np.float32)))

    first, second = bounded(tmp_path).keep((column, column))

    assert first is second
    assert first is not column
    assert first.name == "a"
    assert (first.values == values).all()
    assert first.parts[1] is column.parts[1]  # too small to be worth a file
    assert column.values is values


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["a", None, "", "Ærø", "b" * 40] * LONG),
        pa.array([1, None, 3] * LONG),
        pa.array(["x", None, "y"] * LONG).dictionary_encode(),
        pa.array(["w", None, "zz"] * LONG).slice(5, LONG),
        pa.array([{"a": 1, "b": [1, 2]}, None] * LONG),
    ],
)
def test_a_kept_arrow_array_has_the_same_values(array: pa.Array, tmp_path: Path) -> None:
    kept = bounded(tmp_path).keep(array)

    assert kept.equals(array)
    assert kept.type == array.type


def test_a_kept_table_has_the_same_columns(tmp_path: Path) -> None:
    table = pa.concat_tables(
        [pa.table({"a": pa.array([1, None] * LONG), "b": ["x", None] * LONG})] * 2
    )

    kept = bounded(tmp_path).keep(table)

    assert kept.equals(table)
    assert kept.schema == table.schema


def test_other_values_stay_as_they_are(tmp_path: Path) -> None:
    bound = bounded(tmp_path)
    for value in ("text", 3, None, object(), {1, 2}, np.array(["a", None], object)):
        assert bound.keep(value) is value
    large = np.arange(LONG)
    assert UNLIMITED.keep(large) is large


def test_the_files_are_gone_when_their_arrays_are(tmp_path: Path) -> None:
    bound = bounded(tmp_path)
    kept = bound.keep(np.zeros(10 * mapped_files.SEGMENT, np.uint8))
    assert len(bound._files.live()) == 1
    del kept
    bound.keep(np.zeros(20 * mapped_files.SEGMENT, np.uint8))  # the last file stays open for more
    assert len(bound._files.live()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the resident memory is read from /proc")
def test_pages_of_files_leave_the_memory_near_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = bounded(tmp_path)
    monkeypatch.setattr(memory, "EASED_FROM", 2.0)  # never by itself
    kept = bound.keep(np.ones(200 << 20, np.uint8))
    before = memory._resident()

    monkeypatch.setattr(memory, "EASED_FROM", 0.0)
    bound.ease()

    assert memory._resident() < before - (150 << 20)
    assert int(kept.sum(dtype=np.int64)) == len(kept)


def test_a_full_disk_is_reported_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unnamed_files, "SPARE_BYTES", 1 << 62)

    with pytest.raises(OutputError, match=r"cannot write .* of temporary files .* MiB are free"):
        bounded(tmp_path).keep(np.zeros(LONG))


def test_large_values_are_set_aside_without_a_limit(tmp_path: Path) -> None:
    unlimited = Memory(tmp_path)
    large = np.arange(memory.LARGE // 8)
    table = pa.table({"a": large, "b": pa.array(["x"]).take(pa.array(np.zeros(len(large), int)))})

    aside, same, small = unlimited.set_aside((large, table, large[:10]))
    unlimited.ease()

    assert len(unlimited._files.live()) == 1
    assert aside is not large
    assert np.array_equal(aside, large)
    assert same.equals(table)
    assert np.array_equal(small, large[:10])


def test_a_value_stays_in_memory_where_the_disk_has_no_room_to_set_it_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unnamed_files, "SPARE_BYTES", 1 << 62)
    large = np.arange(memory.LARGE)

    assert Memory(tmp_path).set_aside(large) is large


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="temporary files to .*nowhere"):
        BoundedMemory(GIB, tmp_path / "nowhere").keep(np.zeros(LONG))


@pytest.mark.skipif(sys.platform == "win32", reason="files in use have names there")
def test_nothing_is_left_in_the_folder_even_after_a_kill(tmp_path: Path) -> None:
    program = (
        "import numpy as np, sys, time\n"
        "from matchloop.data.memory import BoundedMemory\n"
        f"kept = BoundedMemory(1 << 30, {str(tmp_path)!r}).keep(np.ones(1 << 25))\n"
        "print('kept', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"kept\n"
        while_it_ran = os.listdir(tmp_path)
        process.send_signal(signal.SIGKILL)

    assert while_it_ran == []
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("given", "limit"),
    [("2GiB", 2 << 30), ("2g", 2 << 30), ("1500 MiB", 1500 << 20), ("1.5GB", 3 << 29)],
)
def test_a_limit_is_read_from_a_size(given: str, limit: int) -> None:
    assert memory_of(given).limit == limit
    assert memory_of(limit).limit == limit


def test_no_limit_is_unlimited_and_memory_is_taken_as_it_is() -> None:
    assert memory_of(None) is UNLIMITED
    bound = memory_of("1GiB")
    assert memory_of(bound) is bound


@pytest.mark.parametrize("given", ["much", "", "-2GiB", "2PiB", "GiB"])
def test_what_is_no_size_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="give a size such as 2GiB"):
        memory_of(given)


def test_a_limit_that_no_process_can_hold_is_refused() -> None:
    with pytest.raises(UsageError, match="a memory limit of 100 MiB is too small"):
        memory_of("100MiB")
