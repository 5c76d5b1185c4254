from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import pytest

from matchloop.errors import TableError
from matchloop_api.datasets.parts import parts_at
from matchloop_api.errors import InvalidInputException
from matchloop_api.places import Places
from matchloop_api.settings import Settings


def _fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def test_a_file_is_its_own_part(folder: Path, places: Places) -> None:
    _fill(folder, "t.csv", "t.csv.bak")

    assert [part.uri for part in parts_at((folder / "t.csv").as_uri(), places)] == [
        (folder / "t.csv").as_uri()
    ]


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_gives_its_files_in_order_without_the_hidden(
    folder: Path, places: Places, slash: str
) -> None:
    shown = ["a b/part-0", "a b/part-1", "a b/sub/part-2"]
    _fill(folder / "t", *shown, "_SUCCESS", ".part-0.crc", "_temporary/0/part-9", "a b/.hidden")
    (folder / "t" / "empty").touch()

    found = parts_at((folder / "t").as_uri() + slash, places)

    assert [part.uri for part in found] == [(folder / "t" / name).as_uri() for name in shown]


def test_folders_that_name_a_value_give_it_to_their_files(folder: Path, places: Places) -> None:
    _fill(folder, "t/Year=2020/place=a%2Fb/p", "t/Year=__HIVE_DEFAULT_PARTITION__/p")

    found = [dict(part.partition) for part in parts_at((folder / "t").as_uri(), places)]

    assert found == [{"year": "2020", "place": "a/b"}, {"year": None}]


def test_packed_files_are_read_or_refused(folder: Path, places: Places) -> None:
    (folder / "t.csv.gz").write_bytes(gzip.compress(b"rows"))
    (folder / "t.csv.bz2").write_bytes(bz2.compress(b"rows"))
    _fill(folder, "t.csv.zst")

    for name in ("t.csv.gz", "t.csv.bz2"):
        with parts_at((folder / name).as_uri(), places)[0].open(places) as file:
            assert file.read() == b"rows"
    with pytest.raises(TableError, match=r"t\.csv\.zst is packed in a way that is not read"):
        parts_at((folder / "t.csv.zst").as_uri(), places)


def test_where_nothing_is_it_is_said(folder: Path, places: Places) -> None:
    (folder / "empty").mkdir()

    for name in ("absent", "empty", "empty/"):
        with pytest.raises(TableError, match="there is no file at file://"):
            parts_at(f"{folder.as_uri()}/{name}", places)
    with pytest.raises(InvalidInputException):
        parts_at("file:///etc", places)


@pytest.mark.parametrize("server", ["moto", "rclone"])
def test_a_prefix_in_a_bucket_is_a_folder(
    folder: Path, server: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3: Any = request.getfixturevalue(f"{server}_s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket = s3.new_bucket()
    for key in ("t/year=1/part-0", "t/_SUCCESS", "tt/part-0"):
        s3.client().put_object(Bucket=bucket, Key=key, Body=b"x")
    places = Places(Settings(data_dir=folder))

    found = parts_at(f"s3://{bucket}/t", places)

    assert [(part.uri, dict(part.partition)) for part in found] == [
        (f"s3://{bucket}/t/year=1/part-0", {"year": "1"})
    ]
