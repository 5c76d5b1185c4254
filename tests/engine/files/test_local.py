from __future__ import annotations

from pathlib import Path

import pytest

from matchloop.errors import OutputError, TableError, UsageError
from matchloop.files import Files, LocalFiles, files_at


def test_a_path_belongs_to_this_machine_unless_it_names_another_place(tmp_path: Path) -> None:
    for path in ("table.csv", "a/b.csv", str(tmp_path), "C:\\table.csv"):
        assert files_at(path) == LocalFiles()
    with pytest.raises(UsageError, match="no files at s3://; give a path on this machine"):
        files_at("s3://bucket/table.csv")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    files: Files = LocalFiles()
    path = str(tmp_path / "file")

    with files.open_output(path) as output:
        output.write(b"bytes")
    with files.open_input(path) as written:
        assert written.read() == b"bytes"
    assert files.is_folder(str(tmp_path))
    assert not files.is_folder(path)


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"

    with LocalFiles().open_output(str(path)) as output:
        output.write(b"half")
        assert not path.exists()
    assert path.read_bytes() == b"half"


@pytest.mark.parametrize("name", ["absent", "folder", "\0", "x" * 300])
def test_says_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(TableError, match=r"no such file|is a folder|cannot read"):
        LocalFiles().open_input(str(tmp_path / name))


@pytest.mark.parametrize("name", ["absent/file", "folder", "\0", "x" * 300])
def test_says_what_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()

    output = LocalFiles().open_output(str(tmp_path / name))
    with pytest.raises(OutputError, match="cannot write"), output:
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
