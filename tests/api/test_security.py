"""Attacks on a live server."""

from __future__ import annotations

import http.client
import io
import json
import re
import socket
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from matchloop_api.auth import Role, authentication, new_access_key
from matchloop_api.observing import configure_logs
from matchloop_api.settings import Settings
from matchloop_api.store import AccessKey

Start = Callable[..., Any]
GLUE = "application/x-amz-json-1.1"


@pytest.fixture(autouse=True)
def _keys_are_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "FRESH_S", 0.0)


@pytest.fixture
def logged(logging_as_before: None) -> io.StringIO:
    """Return what the server logs, at the level that tells most."""
    stream = io.StringIO()
    configure_logs(Settings(log_level="debug"), stream)
    return stream


def make_key(server: Any, role: Role = Role.ADMIN, name: str = "ann") -> AccessKey:
    key = new_access_key(name, role, now=datetime.now(UTC))
    with server.store.writing() as tx:
        tx.keys.add(key)
    return key


def client(server: Any, key: AccessKey, **options: Any) -> Any:
    return server.client(key_id=key.id, secret=options.pop("secret", key.secret), **options)


def code(call: Callable[..., Any], **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return str(caught.value.response["Error"]["Code"])


def send(
    server: Any,
    headers: Mapping[str, str],
    body: bytes = b"{}",
    *,
    method: str = "POST",
    path: str = "/",
) -> tuple[int, Mapping[str, Any]]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request(method, path, body=body, headers=dict(headers))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if content[:1] == b"{" else {"text": content.decode()}


def signed_headers(server: Any, key: AccessKey, body: bytes = b"{}") -> dict[str, str]:
    headers = {
        "Host": urlsplit(server.url).netloc,
        "Content-Type": GLUE,
        "X-Amz-Target": "AWSGlue.GetDatabases",
    }
    made = AWSRequest("POST", f"{server.url}/", headers=headers, data=body)
    SigV4Auth(Credentials(key.id, key.secret), "glue", "us-east-1").add_auth(made)
    return dict(made.headers.items())


def test_a_right_key_is_let_in_and_a_wrong_secret_is_not(server: Any) -> None:
    key = make_key(server)

    assert client(server, key).get_databases()["DatabaseList"] == []
    wrong = client(server, key, secret="not-the-secret")
    assert code(wrong.get_databases) == "InvalidSignatureException"
    unknown = client(server, new_access_key("x", Role.ADMIN, now=datetime.now(UTC)))
    assert code(unknown.get_databases) == "UnrecognizedClientException"
    sts = client(server, key, service="sts", secret="not-the-secret")
    assert code(sts.get_caller_identity) == "SignatureDoesNotMatch"


def test_a_request_without_a_signature_is_refused_in_every_dialect(server: Any) -> None:
    make_key(server)
    target = {"X-Amz-Target": "AWSGlue.GetDatabases"}

    for headers, path in (
        ({"Content-Type": GLUE, **target}, "/"),
        ({"Content-Type": "application/json", **target}, "/"),
        ({"Content-Type": "application/json"}, "/v1/GetDatabases"),
        ({"Content-Type": "application/json"}, "/v1/"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "/"),
    ):
        status, answer = send(server, headers, path=path)
        assert status in (401, 403)
        assert "DatabaseList" not in str(answer)


def test_a_tampered_request_is_refused(server: Any) -> None:
    headers = signed_headers(server, make_key(server))
    other_target = headers | {"X-Amz-Target": "AWSGlue.GetTables"}
    assert send(server, headers)[0] == 200

    for changed, body, path in (
        (headers, b'{"MaxResults":5}', "/"),
        (headers, b"{} ", "/"),
        (headers, b"{}", "/?Action=GetTables"),
        (headers, b"{}", "/v1/GetTables"),
        (other_target, b"{}", "/"),
        (headers | {"Host": "localhost"}, b"{}", "/"),
        (headers | {"X-Amz-Security-Token": "made-up"}, b"{}", "/"),
        (headers | {"Content-Type": "application/json"}, b"{}", "/"),
    ):
        status, answer = send(server, changed, body, path=path)
        assert (status, "ignature" in str(answer)) == (403, True)


def test_a_request_of_yesterday_is_refused(server: Any) -> None:
    key = make_key(server)
    headers = signed_headers(server, key)
    old = {name: re.sub(r"\b20\d{6}", "20200101", value) for name, value in headers.items()}

    status, answer = send(server, old)

    assert (status, answer["__type"]) == (403, "InvalidSignatureException")
    assert answer["Message"].startswith("Signature expired: 20200101T")


def test_a_revoked_key_is_refused(server: Any) -> None:
    key, other = make_key(server), make_key(server, name="bob")
    glue = client(server, key)
    glue.get_databases()

    with server.store.writing() as tx:
        tx.keys.revoke(key.id, now=datetime.now(UTC))

    assert code(glue.get_databases) == "UnrecognizedClientException"
    assert client(server, other).get_databases()["DatabaseList"] == []


def test_roles_bound_what_a_key_may_do(server: Any) -> None:
    make_key(server)
    reader, labeler = make_key(server, Role.READER, "rob"), make_key(server, Role.LABELER, "lea")

    for key in (reader, labeler):
        glue = client(server, key)
        assert glue.get_databases()["DatabaseList"] == []
        with pytest.raises(ClientError) as caught:
            glue.create_database(DatabaseInput={"Name": "x"})
        error = caught.value.response["Error"]
        assert error["Code"] == "AccessDeniedException"
        assert error["Message"] == (
            f"User: {key.name} is not authorized to perform: glue:CreateDatabase"
        )
        client(server, key, service="sts").get_caller_identity()
    members = {"TransformId": "tfm-0", "OutputS3Path": "s3://b/k"}
    start = "start_export_labels_task_run"
    assert code(getattr(client(server, reader), start), **members) == "AccessDeniedException"
    assert code(getattr(client(server, labeler), start), **members) == "EntityNotFoundException"


def test_a_body_that_is_too_long_is_refused(start_server: Start) -> None:
    server = start_server(max_body_mb=1)
    headers = {"Content-Type": GLUE, "X-Amz-Target": "AWSGlue.GetDatabases"}

    status, answer = send(server, headers, b" " * (1024 * 1024 + 1))

    assert (status, answer["__type"]) == (413, "RequestEntityTooLargeException")
    assert send(server, headers, b"{}" + b" " * (1024 * 1024 - 2))[0] == 200


def test_a_body_that_never_ends_is_given_up(start_server: Start) -> None:
    server = start_server(request_timeout_s=0.3)
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 30) as slow:
        slow.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
            b"X-Amz-Target: AWSGlue.GetDatabases\r\nContent-Length: 100\r\n\r\n{"
        )
        answer = slow.recv(65536)

    assert b"OperationTimeoutException" in answer


@pytest.mark.parametrize(
    ("headers", "method", "path"),
    [
        ({"Origin": "http://evil.example"}, "POST", "/"),
        ({"Origin": "null"}, "POST", "/v1/GetDatabases"),
        ({"Sec-Fetch-Site": "cross-site"}, "POST", "/"),
        ({"Host": "evil.example"}, "POST", "/"),
        ({"Host": "evil.example"}, "GET", "/"),
        ({"Host": "evil.example"}, "GET", "/metrics"),
        ({"Host": "evil.example"}, "GET", "/docs"),
    ],
)
def test_without_keys_a_page_of_another_site_reaches_nothing(
    headers: Mapping[str, str], method: str, path: str, server: Any
) -> None:
    call = {"Content-Type": "text/plain", "X-Amz-Target": "AWSGlue.GetDatabases"}
    status, answer = send(server, {**call, **headers}, method=method, path=path)

    assert status in (400, 403)
    assert "DatabaseList" not in str(answer)
    assert "AccessDenied" in str(answer) or "refused" in str(answer) or "loopback" in str(answer)


def test_metrics_count_what_was_answered(server: Any) -> None:
    server.client().get_databases()
    code(server.client().get_database, Name="nope")

    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()

    assert (
        'matchloop_requests_total{code="OK",dialect="aws-json",operation="GetDatabases",'
        'status="200"} 1.0' in text
    )
    assert 'code="EntityNotFoundException",dialect="aws-json",operation="GetDatabase"' in text
    assert "matchloop_task_runs_waiting 0.0" in text


def test_no_log_line_holds_a_secret(logged: io.StringIO, server: Any) -> None:
    key = make_key(server)
    headers = signed_headers(server, key)
    signature = headers["Authorization"].rpartition("=")[2]
    glue = client(server, key)
    glue.create_database(DatabaseInput={"Name": "hushhush", "Description": "hushhush"})
    code(glue.create_database, DatabaseInput={"Name": "hushhush"})
    code(client(server, key, secret="hushhush").get_databases)
    send(server, headers)
    send(server, headers, b'{"CatalogId":"hushhush"}')
    send(server, headers | {"X-Amz-Security-Token": "hushhush"})
    send(server, headers, path=f"/?X-Amz-Signature={signature}&X-Amz-Security-Token=hushhush")
    send(server, {}, method="GET", path=f"/nothing?X-Amz-Signature={signature}")
    send(server, headers | {"Authorization": f"Bearer {signature}"})

    lines = logged.getvalue().splitlines()

    said = [json.loads(line) for line in lines]
    assert sum(line["event"] == "request" for line in said) >= 9
    assert {line.get("caller") for line in said} >= {"ann", ""}
    for secret in (key.secret, signature, "hushhush", "AWS4-HMAC"):
        assert [line for line in lines if secret in line] == []


def make_transform(server: Any) -> str:
    folder = server.settings.data_dir / "files"
    folder.mkdir(parents=True)
    (folder / "people.csv").write_text("id,name\n1,ann\n2,bob\n")
    glue = server.client()
    glue.create_database(DatabaseInput={"Name": "shop"})
    columns = [{"Name": "id", "Type": "string"}, {"Name": "name", "Type": "string"}]
    storage = {
        "Columns": columns,
        "Location": f"file://{folder}/people.csv",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"},
    }
    table = {
        "Name": "people",
        "StorageDescriptor": storage,
        "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
    }
    glue.create_table(DatabaseName="shop", TableInput=table)
    return str(
        glue.create_ml_transform(
            Name="people",
            Role="arn:aws:iam::123456789012:role/glue",
            InputRecordTables=[{"DatabaseName": "shop", "TableName": "people"}],
            Parameters={
                "TransformType": "FIND_MATCHES",
                "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
            },
        )["TransformId"]
    )


@pytest.mark.parametrize(
    "uri",
    [
        "file:///etc/passwd",
        "file://{data}/../outside.csv",
        "file://{data}/%2e%2e/outside.csv",
        "file://{data}/files/../../outside.csv",
        "file://{data}/link.csv",
        "file://{data}/linked/outside.csv",
        "file://localhost{data}/../outside.csv",
        "file:{data}/../outside.csv",
        "{data}/../outside.csv",
        "file://{data}/matchloop.sqlite",
        "file://{data}\0/../outside.csv",
        "http://127.0.0.1/outside.csv",
        "s3:///outside.csv",
    ],
)
def test_no_uri_leads_out_of_the_data_folder(
    uri: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    data = server.settings.data_dir
    transform = make_transform(server)
    outside = data.parent / "outside.csv"
    outside.write_text("labeling_set_id,label,id,name\n1,a,1,hushhush\n1,a,2,hushhush\n")
    before = outside.read_bytes()
    (data / "link.csv").symlink_to(outside)
    (data / "linked").symlink_to(data.parent)
    given = uri.replace("{data}", str(data))
    raw = server.client(parameter_validation=False)

    for call, member in (
        (raw.start_import_labels_task_run, "InputS3Path"),
        (raw.start_export_labels_task_run, "OutputS3Path"),
        (raw.start_ml_labeling_set_generation_task_run, "OutputS3Path"),
    ):
        with pytest.raises(ClientError) as caught:
            call(TransformId=transform, **{member: given})
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert "hushhush" not in str(caught.value)
    assert outside.read_bytes() == before
    assert raw.get_ml_task_runs(TransformId=transform)["TaskRuns"] == []


def test_half_a_body_is_not_taken_for_a_request(logged: io.StringIO, server: Any) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 30) as gone:
        gone.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
            b"X-Amz-Target: AWSGlue.GetDatabases\r\nContent-Length: 100\r\n\r\n"
        )
    calls: list[Any] = []
    while not calls:
        time.sleep(0.01)
        said = map(json.loads, logged.getvalue().splitlines())
        calls = [line for line in said if line["event"] == "request"]

    assert [line["code"] for line in calls] == ["SerializationException"]


def test_a_proxy_does_not_open_a_server_without_keys_to_the_world(start_server: Start) -> None:
    """A proxy's default puts the server's own name in place of the Host."""
    call = {
        "Host": "127.0.0.1:8080",
        "Content-Type": GLUE,
        "X-Amz-Target": "AWSGlue.GetDatabases",
    }
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    server = start_server()

    assert send(server, call)[0] == 200
    status, refusal = send(server, call | forwarded)
    assert (status, refusal["__type"]) == (400, "AccessDeniedException")
    assert send(server, {"Host": "localhost"} | forwarded, method="GET", path="/console")[0] == 403
    assert send(server, {"Host": "localhost"} | forwarded, method="GET", path="/healthz")[0] == 200
    key = make_key(server)
    assert send(server, signed_headers(server, key) | forwarded)[0] == 200


def test_a_proxy_may_be_trusted(start_server: Start) -> None:
    server = start_server(trust_forwarded=1)
    call = {"Host": "localhost", "Content-Type": GLUE, "X-Amz-Target": "AWSGlue.GetDatabases"}

    assert send(server, call | {"Forwarded": "for=203.0.113.9"})[0] == 200


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        (
            "/",
            {"Content-Type": GLUE, "X-Amz-Target": "AWSGlue.GetConnection"},
            {"path": "/", "asked": "GetConnection"},
        ),
        (
            "/v1/GetConnection",
            {"Content-Type": "application/json"},
            {"path": "/v1/GetConnection", "asked": "GetConnection"},
        ),
        ("/", {"Content-Type": GLUE, "X-Amz-Target": "Elsewhere.Get"}, {"path": "/"}),
    ],
)
def test_an_unknown_operation_is_logged_with_what_was_asked_for(
    logged: io.StringIO,
    server: Any,
    path: str,
    headers: dict[str, str],
    expected: dict[str, str],
) -> None:
    send(server, {"Host": urlsplit(server.url).netloc} | headers, path=path)

    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [one for one in lines if one["event"] == "request"]
    assert line["code"] == "UnknownOperationException"
    assert line["operation"] == ""
    assert {name: line[name] for name in ("path", "asked") if name in line} == expected
