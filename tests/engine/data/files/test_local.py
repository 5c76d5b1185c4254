from __future__ import annotations

from pathlib import Path

import pytest

from matchloop.data.files import Files, LocalFiles, files_at, local_path
from matchloop.errors import OutputError, TableError, UsageError


def test_a_path_belongs_to_this_machine_unless_it_names_another_place(tmp_path: Path) -> None:
    for path in ("table.csv", "a/b.csv", str(tmp_path), "C:\\table.csv"):
        assert files_at(path) == LocalFiles()
    assert files_at((tmp_path / "table.csv").as_uri()) == LocalFiles()
    with pytest.raises(UsageError, match="no files at ftp://; give a path on this machine or s3"):
        files_at("ftp://host/table.csv")


@pytest.mark.parametrize(
    ("uri", "path"),
    [("file:///a/b%20c", "/a/b c"), ("FILE://localhost/%C3%A4", "/ä"), ("a%20b", "a%20b")],
)
def test_a_uri_names_a_path_with_its_signs_decoded(uri: str, path: str) -> None:
    assert local_path(uri) == path


@pytest.mark.parametrize("uri", ["file://host/a", "file://", "file:///%ff"])
def test_a_uri_of_another_machine_is_refused(uri: str) -> None:
    with pytest.raises(UsageError, match=r"expected file:///folder/file|not UTF-8"):
        local_path(uri)


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


def test_links_that_are_not_read_are_entries_and_say_so_when_opened(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_bytes(b"bytes")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "away").symlink_to(tmp_path / "other")
    (folder / "gone").symlink_to(tmp_path / "nothing")
    (folder / "kept").symlink_to(tmp_path / "other" / "file")
    files = LocalFiles()

    entries = {entry.path.rpartition("/")[2]: entry for entry in files.entries(str(folder))}

    assert sorted(entries) == ["away", "gone", "kept"]
    assert all(entry.size for entry in entries.values())
    with files.open_input(entries["kept"].path) as file:
        assert file.read() == b"bytes"
    with pytest.raises(TableError, match="away is a link to a folder, which is not followed"):
        files.open_input(entries["away"].path)
    with pytest.raises(TableError, match="gone is a link to a file that is not there"):
        files.open_input(entries["gone"].path)
