"""What S3 alone can do wrong: each is one clear line."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import Any

import pytest

from matchloop.data.files import S3Files, files_at
from matchloop.errors import MatchloopError, OutputError, TableError

FILES = S3Files()


@pytest.fixture
def moto(moto_s3: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in moto_s3.environment.items():
        monkeypatch.setenv(name, value)
    return moto_s3


@pytest.fixture
def rclone(rclone_s3: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in rclone_s3.environment.items():
        monkeypatch.setenv(name, value)
    return rclone_s3


def test_a_wrong_secret_is_one_clear_line(rclone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"s3://{rclone.new_bucket()}/table.csv"
    _write(path, b"1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")

    for attempt in (FILES.open_input, FILES.exists, FILES.size, FILES.entries):
        with pytest.raises(TableError, match="the signature; check AWS_ACCESS_KEY_ID") as caught:
            attempt(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(OutputError, match="cannot write .* the signature; check AWS_ACCESS_KEY_ID"):
        _write(path, b"2")


def test_an_unknown_key_is_one_clear_line(rclone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"s3://{rclone.new_bucket()}/table.csv"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")

    with pytest.raises(TableError, match="check AWS_ACCESS_KEY_ID"):
        FILES.open_input(path)


@pytest.mark.parametrize("server", ["moto", "rclone"])
def test_a_bucket_that_is_not_there_is_one_clear_line(
    server: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(server)
    path = "s3://no-such-bucket/table.csv"

    for attempt in (FILES.open_input, FILES.exists, FILES.size, FILES.entries, FILES.is_folder):
        with pytest.raises(TableError, match=r"cannot read s3://no-such-bucket/.* no such bucket"):
            attempt(path)
    with pytest.raises(OutputError, match="there is no such bucket; check its name"):
        FILES.check_writable(path)
    with pytest.raises(OutputError, match="there is no such bucket; check its name"):
        _write(path, b"1")


def test_no_permission_is_one_clear_line(moto: Any) -> None:
    bucket = moto.new_bucket()
    _write(f"s3://{bucket}/table.csv", b"1")
    iam, key = _user_without_rights(moto)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
            patch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
            _enforce(moto, True)
            with pytest.raises(TableError, match="the access key has no permission for it"):
                FILES.open_input(f"s3://{bucket}/table.csv")
            with pytest.raises(OutputError, match="the access key has no permission for it"):
                _write(f"s3://{bucket}/table.csv", b"2")
    finally:
        _enforce(moto, False)
    with FILES.open_input(f"s3://{bucket}/table.csv") as file:
        assert file.read() == b"1"


def test_a_server_that_does_not_answer_is_one_clear_line(
    moto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(TableError, match="the store does not answer; check AWS_ENDPOINT_URL"):
            FILES.open_input("s3://bucket/table.csv")


@pytest.mark.parametrize(
    "path", ["s3://", "s3:///key", "s3://bucket/a//b", "s3://bucket/../c", "s3://bucket/a\tb"]
)
def test_a_path_that_names_no_file_is_refused(moto: Any, path: str) -> None:
    for attempt in (FILES.open_input, FILES.check_writable):
        with pytest.raises(
            MatchloopError, match=r"names no bucket|which is not offered|control character"
        ):
            attempt(path)


def test_a_file_that_changes_while_it_is_read_is_never_mixed(moto: Any) -> None:
    path = f"s3://{moto.new_bucket()}/file"
    _write(path, b"a" * 5_000_000)

    with FILES.open_input(path) as file:
        assert file.read(10) == b"a" * 10
        _write(path, b"b" * 5_000_000)
        with pytest.raises(TableError, match="it changed meanwhile; try again"):
            file.read()


def test_a_large_file_is_sent_in_parts_and_no_upload_stays_open(moto: Any) -> None:
    bucket = moto.new_bucket()
    path = f"s3://{bucket}/file"
    data = bytes(range(256)) * 100_000

    _write(path, data)

    with FILES.open_input(path) as file:
        assert file.read() == data
    head = moto.client().head_object(Bucket=bucket, Key="file", PartNumber=1)
    assert head["PartsCount"] > 1
    assert "Uploads" not in moto.client().list_multipart_uploads(Bucket=bucket)


def test_the_mark_of_a_folder_is_no_file_in_it(moto: Any) -> None:
    bucket = moto.new_bucket()
    moto.client().put_object(Bucket=bucket, Key="in/", Body=b"")
    _write(f"s3://{bucket}/in/t.csv", b"1")

    assert [entry.path for entry in FILES.entries(f"s3://{bucket}/in/")] == [
        f"s3://{bucket}/in/t.csv"
    ]


def test_a_key_that_is_not_offered_hinders_only_its_own_folder(moto: Any) -> None:
    bucket = moto.new_bucket()
    moto.client().put_object(Bucket=bucket, Key="in/a//b.csv", Body=b"1")

    with pytest.raises(TableError, match=r"cannot read s3://\S*/in: .*in/a//b\.csv"):
        FILES.entries(f"s3://{bucket}/in")
    for name in ("a?b#c&d+e", "a\\b", "~*[x]{y}|^`<>\"'", "e\u0301 %41", "a%2Fb", "a\u3000b"):
        _write(f"s3://{bucket}/out/{name}", b"1")
        assert FILES.exists(f"s3://{bucket}/out/{name}")
    listed = moto.client().list_objects_v2(Bucket=bucket, Prefix="out/")["Contents"]
    assert [f"s3://{bucket}/{each['Key']}" for each in listed] == [
        entry.path for entry in FILES.entries(f"s3://{bucket}/out")
    ]


def test_without_obstore_the_package_is_named() -> None:
    script = (
        "import sys; sys.modules['obstore'] = None; sys.modules['obstore.store'] = None\n"
        "from matchloop.errors import MissingExtra\n"
        "from matchloop.data.files import files_at\n"
        "for call in ('open_input', 'exists', 'size', 'entries', 'remove', 'check_writable'):\n"
        "    try: getattr(files_at('s3://b/k'), call)('s3://b/k')\n"
        "    except MissingExtra as error: assert \"pip install 'matchloop[s3]'\" in str(error)\n"
        "    else: raise SystemExit(call)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def _write(path: str, data: bytes) -> None:
    with files_at(path).open_output(path) as output:
        output.write(data)


def _user_without_rights(moto: Any) -> tuple[Any, dict[str, str]]:
    import boto3

    iam = boto3.client(
        "iam",
        endpoint_url=moto.endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
    )
    iam.create_user(UserName="nobody")
    return iam, iam.create_access_key(UserName="nobody")["AccessKey"]


def _enforce(moto: Any, on: bool) -> None:
    """Make moto check permissions from here on, or not."""
    from urllib.request import Request, urlopen

    count = b"0" if on else b"inf"
    url, headers = f"{moto.endpoint}/moto-api/reset-auth", {"Content-Type": "text/plain"}
    with urlopen(Request(url, data=count, headers=headers)) as answer:
        answer.read()
