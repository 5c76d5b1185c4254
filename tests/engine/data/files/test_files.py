"""The contract that every place of files keeps, on this machine and on two S3 servers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from matchloop.data.files import Entry, Files, files_at, local_path
from matchloop.errors import InputError, OutputError


@pytest.fixture(params=["path", "uri", "moto", "rclone"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "path":
        return str(tmp_path)
    if request.param == "uri":
        (tmp_path / "a b").mkdir()
        return (tmp_path / "a b").as_uri()
    server: Any = request.getfixturevalue(f"{request.param}_s3")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{server.new_bucket()}"


class TestEveryPlaceOfFiles:
    def test_what_was_written_is_read(self, folder: str) -> None:
        files, path = files_at(folder), f"{folder}/file"
        with files.open_output(path) as output:
            output.write(b"some ")
            output.write(b"bytes")

        with files.open_input(path) as file:
            assert file.read() == b"some bytes"
        assert files.size(path) == 10

    def test_a_file_can_be_read_from_anywhere_in_it(self, folder: str) -> None:
        path, data = f"{folder}/file", bytes(range(256)) * 40_000
        _write(path, data)

        with files_at(path).open_input(path) as file:
            assert file.seekable()
            assert file.seek(-4, io.SEEK_END) == len(data) - 4
            assert file.read() == data[-4:]
            assert file.read(1) == b""
            file.seek(5_000_001)
            assert file.read(70_000) == data[5_000_001:5_070_001]
            file.seek(3)
            assert file.readline() == data[3:11]
            assert file.tell() == 11
            file.seek(0)
            assert file.read() == data

    def test_an_empty_file_is_a_file(self, folder: str) -> None:
        path = f"{folder}/file"
        _write(path, b"")

        assert files_at(path).exists(path)
        assert files_at(path).size(path) == 0
        with files_at(path).open_input(path) as file:
            assert file.read() == b""

    def test_a_name_may_hold_letters_of_any_script(self, folder: str) -> None:
        name = "ä %2e+file=日.csv" if folder.startswith("s3") else "a-日.csv"
        path = f"{folder}/{name}"
        _write(path, b"1")

        assert _read(path) == b"1"
        assert [entry.size for entry in files_at(path).entries(folder)] == [1]
        assert _read(files_at(path).entries(folder)[0].path) == b"1"

    def test_a_block_that_fails_leaves_what_was_there(self, folder: str) -> None:
        files, path = files_at(folder), f"{folder}/file"
        _write(path, b"before")

        for error in (RuntimeError, KeyboardInterrupt):
            with pytest.raises(error):
                _write_and_fail(path, error)
        assert _read(path) == b"before"
        assert files.entries(folder) == [Entry(path, 6)]

    def test_a_file_appears_only_when_it_is_whole(self, folder: str) -> None:
        files, path = files_at(folder), f"{folder}/file"

        with files.open_output(path) as output:
            output.write(b"x" * 20_000_000)
            assert not files.exists(path)
        assert files.size(path) == 20_000_000

    def test_what_is_not_there_is_said(self, folder: str) -> None:
        files, path = files_at(folder), f"{folder}/absent.csv"

        assert not files.exists(path)
        assert not files.is_folder(path)
        assert files.entries(path) == []
        for look in (files.open_input, files.size):
            with pytest.raises(InputError, match=r"^no such file: .*absent\.csv; check the path$"):
                look(path)

    def test_the_files_of_a_folder_are_listed_those_in_its_folders_too(self, folder: str) -> None:
        files = files_at(folder)
        if not folder.startswith("s3"):
            local = Path(local_path(folder))
            (local / "in" / "deep").mkdir(parents=True)
            (local / "inner").mkdir()
        for name in ("in/b", "in/a", "in/deep/c", "inner/d"):
            _write(f"{folder}/{name}", name.encode())

        found = files.entries(f"{folder}/in")

        assert [entry.path for entry in found] == [
            f"{folder}/in/{name}" for name in ("a", "b", "deep/c")
        ]
        assert [entry.size for entry in found] == [4, 4, 9]
        assert files.entries(f"{folder}/in/") == found
        assert files.is_folder(f"{folder}/in")
        assert not files.is_folder(f"{folder}/in/a")
        assert not files.exists(f"{folder}/in")
        with pytest.raises(InputError):
            files.open_input(f"{folder}/in")

    def test_a_file_is_removed_once_and_twice(self, folder: str) -> None:
        files, path = files_at(folder), f"{folder}/file"
        _write(path, b"1")

        files.remove(path)
        files.remove(path)

        assert not files.exists(path)

    def test_a_path_to_write_is_looked_at_beforehand(self, folder: str) -> None:
        files = files_at(folder)

        files.check_writable(f"{folder}/file")
        with pytest.raises(OutputError, match="cannot write"):
            files.check_writable(f"{folder}/absent/" if folder.startswith("s3") else folder)
        assert files.entries(folder) == []


def _write(path: str, data: bytes) -> None:
    with files_at(path).open_output(path) as output:
        output.write(data)


def _read(path: str) -> bytes:
    files: Files = files_at(path)
    with files.open_input(path) as file:
        return file.read()


def _write_and_fail(path: str, error: type[BaseException]) -> None:
    with files_at(path).open_output(path) as output:
        output.write(b"x" * 20_000_000)
        raise error
