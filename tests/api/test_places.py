from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop.data.files import Entry
from matchloop_api.errors import InvalidInputException
from matchloop_api.places import Places, join, whole
from matchloop_api.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    (tmp_path / "secret.csv").write_text("secret")
    return made


@pytest.fixture
def places(folder: Path) -> Places:
    return Places(Settings(data_dir=folder), environ={})


def _write(places: Places, uri: str, data: bytes = b"1") -> None:
    with places.open_output(uri) as file:
        file.write(data)


def _read(places: Places, uri: str) -> bytes:
    with places.open_input(uri) as file:
        return file.read()


def test_what_was_written_in_the_data_folder_is_read(places: Places, folder: Path) -> None:
    uri = (folder / "new folder" / "t.csv").as_uri()

    places.check_writable(uri)
    _write(places, uri, b"rows")

    places.check_readable(uri)
    places.check_readable(folder.as_uri())
    assert _read(places, uri) == b"rows"
    assert places.exists(uri)
    assert places.size(uri) == 4
    assert places.entries(folder.as_uri()) == [Entry(uri, 4)]
    places.remove(uri)
    assert not places.exists(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "file:///etc/passwd",
        "file://{folder}/../secret.csv",
        "file://{folder}/%2e%2e/secret.csv",
        "file://{folder}/a/%2E%2E/..%2fsecret.csv",
        "file://{folder}/link.csv",
        "file://{folder}/links/secret.csv",
        "file://localhost{folder}/../secret.csv",
        "file://{folder}-beside/t.csv",
        "file:///",
        "file://host{folder}/t.csv",
        "file://",
        "{folder}/t.csv",
        "file://{folder}/t%00.csv",
        "file://{folder}/t\x00.csv",
        "file://{folder}/%ff",
        "file://{folder}/t%0a.csv",
        "http://localhost/t.csv",
        "",
        "://",
        "s3:///key",
        "s3://b",
        "s3:/bucket/key",
    ],
)
def test_whatever_is_not_below_the_data_folder_is_refused(
    places: Places, folder: Path, uri: str
) -> None:
    (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
    (folder / "links").symlink_to(folder.parent)
    uri = uri.replace("{folder}", str(folder))

    for attempt in (
        places.check_readable,
        places.check_writable,
        places.open_input,
        places.open_output,
        places.size,
        places.exists,
        places.entries,
        places.remove,
    ):
        with pytest.raises(InvalidInputException) as caught:
            attempt(uri)
        assert "\n" not in str(caught.value)
    assert (folder.parent / "secret.csv").read_text() == "secret"


@pytest.mark.parametrize(
    "name",
    [
        "matchloop.sqlite",
        "matchloop.sqlite-wal",
        "MATCHLOOP.SQLITE",
        "other.db",
        "other.db-journal",
        "logs/run.log",
        "Logs/run.log",
        ".running/x",
        "link",
    ],
)
def test_the_servers_own_files_are_nobodys(folder: Path, name: str) -> None:
    own = Places(
        Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'other.db'}"), environ={}
    )
    (folder / "link").symlink_to(folder / "other.db")
    for file in ("matchloop.sqlite", "other.db", "logs/run.log", ".running/x"):
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text("own")
    uri = f"{folder.as_uri()}/{name}"

    for attempt in (own.open_input, own.open_output, own.remove, own.check_readable):
        with pytest.raises(InvalidInputException, match="is not among the files of this server"):
            attempt(uri)
    listed = [entry.path for entry in own.entries(folder.as_uri())]
    assert listed == [f"{folder.as_uri()}/link"]  # the caller's own link, refused above


def test_a_uri_may_be_written_with_one_slash(places: Places, folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "rows.csv").write_bytes(b"id\n1\n")
    short = f"file:{folder}/in"

    assert whole(short) == f"file://{folder}/in"
    assert [entry.path for entry in places.entries(short)] == [f"file://{folder}/in/rows.csv"]
    assert places.exists(join(short, "rows.csv"))


def test_what_cannot_be_used_is_said_of_the_uri_as_it_was_given(
    places: Places, folder: Path
) -> None:
    (folder / "in").mkdir()
    absent, inner = (folder / "a b.csv").as_uri(), (folder / "in").as_uri()

    with pytest.raises(InvalidInputException, match=r"^no such file: .*a%20b\.csv; check the path"):
        places.open_input(absent)
    with pytest.raises(InvalidInputException, match=f"there is no file at {absent}"):
        places.check_readable(absent)
    with pytest.raises(InvalidInputException, match="there is no file at"):
        places.check_readable(inner)
    with pytest.raises(InvalidInputException, match="is a folder; add a file name"):
        places.check_writable(inner)
    _write(places, absent)
    with pytest.raises(InvalidInputException, match="takes no files"):
        places.check_writable(f"{absent}/below.csv")


def test_a_block_that_fails_leaves_what_was_there(places: Places, folder: Path) -> None:
    uri = (folder / "t.csv").as_uri()
    _write(places, uri, b"before")

    with pytest.raises(RuntimeError):
        _write_and_fail(places, uri)
    assert _read(places, uri) == b"before"
    assert sorted(os.listdir(folder)) == ["t.csv"]


def test_names_are_joined_to_folders_of_either_place() -> None:
    assert join("s3://b/out/", "a b.csv") == "s3://b/out/a b.csv"
    assert join("s3://b", "a.csv") == "s3://b/a.csv"
    assert join("file:///out", "a b.csv") == "file:///out/a%20b.csv"


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("s3://other/key", "'other' is not among this server's: mine, yours"),
        ("s3://mine/../other/key", "empty part"),
        ("s3://mine/a//b", "empty part"),
        ("s3://mine/" + "x" * 2000, "over 1024 bytes"),
        ("s3://a/key", "names no bucket"),
        ("s3://mi%6ee/key", "names no bucket"),
    ],
)
def test_only_the_named_buckets_are_reached(folder: Path, uri: str, message: str) -> None:
    named = Places(Settings(data_dir=folder, buckets=("mine", "yours")), environ={})

    assert named.path("s3://mine/a%20 b.csv") == "s3://mine/a%20 b.csv"
    with pytest.raises(InvalidInputException, match=message):
        named.check_readable(uri)


def test_without_named_buckets_credentials_open_any(folder: Path) -> None:
    with pytest.raises(InvalidInputException, match="has no S3 credentials"):
        Places(Settings(data_dir=folder), environ={}).path("s3://bucket/key")
    environ = {"AWS_ACCESS_KEY_ID": "a"}
    assert Places(Settings(data_dir=folder), environ=environ).path("s3://bucket/k") == (
        "s3://bucket/k"
    )


@pytest.mark.parametrize("server", ["moto", "rclone"])
def test_a_bucket_is_a_place_like_the_folder(
    folder: Path, server: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3: Any = request.getfixturevalue(f"{server}_s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket = s3.new_bucket()
    places = Places(Settings(data_dir=folder, buckets=(bucket, "no-such-bucket")))
    uri = f"s3://{bucket}/in/t.csv"

    places.check_writable(uri)
    _write(places, uri, b"rows")

    places.check_readable(uri)
    places.check_readable(f"s3://{bucket}/in")
    assert _read(places, uri) == b"rows"
    assert places.size(uri) == 4
    assert places.entries(f"s3://{bucket}/in/") == [Entry(uri, 4)]
    with pytest.raises(InvalidInputException, match="there is no file at"):
        places.check_readable(f"s3://{bucket}/out/")
    with pytest.raises(InvalidInputException, match="there is no such bucket"):
        places.size("s3://no-such-bucket/t.csv")
    places.remove(uri)
    assert not places.exists(uri)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    parts=st.lists(
        st.sampled_from(["..", ".", "%2e%2e", "a", "%2f", "link", "%5c", "//", "ä", "%00", "logs"]),
        max_size=8,
    )
)
def test_no_uri_leads_out_of_the_data_folder(folder: Path, parts: list[str]) -> None:
    link = folder / "link"
    if not link.is_symlink():
        link.symlink_to(folder.parent)
    places = Places(Settings(data_dir=folder), environ={})
    try:
        path = places.path(f"{folder.as_uri()}/{'/'.join(parts)}")
    except InvalidInputException:
        return
    real = os.path.realpath(path)
    assert real == path
    assert os.path.commonpath([real, os.path.realpath(folder)]) == os.path.realpath(folder)


def _write_and_fail(places: Places, uri: str) -> None:
    with places.open_output(uri) as file:
        file.write(b"half")
        raise RuntimeError
