"""Requests built from the model, right and wrong, at every operation: never a 500, never a hang."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop_api.operations import BEYOND, OPERATIONS
from matchloop_api.store import Resource, Transform
from matchloop_api.wire.model import input_shape

if TYPE_CHECKING:
    from api.conftest import Server

NAMES = st.sampled_from(
    ["shop", "tfm-" + "0" * 40, "tsk-" + "1" * 40, "s3://a/b", "file:///nowhere", "id", "x.y", " "]
)
TEXT = NAMES | st.text(max_size=20) | st.text(alphabet="a\x00\n\ud7ff\U0001f600", max_size=300)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXT, inside, max_size=3),
    max_leaves=8,
)  # fmt: skip
ARN = "arn:aws:glue:us-east-1::mlTransform/tfm-" + "0" * 40


def values(shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """Return values of a shape, most of them within its limits, some of another type."""
    right = _right(shape, depth)
    return st.one_of(right, right, right, right, ANYTHING) if depth else right


def _right(shape: Shape, depth: int) -> st.SearchStrategy[Any]:
    if isinstance(shape, StructureShape):
        return _members(shape, depth)
    if isinstance(shape, ListShape):
        return st.lists(values(shape.member, depth + 1), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(TEXT, values(shape.value, depth + 1), max_size=2)
    least = shape.metadata.get("min", -5)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "double": st.floats(min_value=0, max_value=1) | st.integers(-2, 3),
        "integer": st.integers(least, 2000) | st.just(2**31),
        "long": st.integers(least, 2000) | st.just(2**63),
        "timestamp": st.integers(0, 2**33) | st.floats(allow_nan=False, allow_infinity=False),
        "blob": st.just("aGVsbG8="),
    }
    if shape.type_name in kinds:
        return kinds[shape.type_name]
    if allowed := getattr(shape, "enum", None):
        return st.sampled_from(list(allowed))
    return TEXT | st.just(ARN) if "Arn" in shape.name else TEXT


@st.composite
def _members(draw: st.DrawFn, shape: StructureShape, depth: int) -> dict[str, Any]:
    made = {}
    for name, member in shape.members.items():
        wanted = name in shape.required_members
        if draw(st.integers(0, 9)) < (9 if wanted else 3 if depth < 3 else 0):
            made[name] = draw(values(member, depth + 1))
    return made


@pytest.fixture(scope="module")
def connection(shared_server: Server) -> Iterator[http.client.HTTPConnection]:
    where = urlsplit(shared_server.url)
    made = http.client.HTTPConnection(str(where.hostname), where.port, timeout=20)
    yield made
    made.close()


@pytest.fixture(scope="module")
def taught(shared_server: Server) -> str:
    """Put a transform with labels into the store, so that more than its absence is met."""
    now = datetime.now(UTC)
    table = {"StorageDescriptor": {"Columns": [{"Name": "id", "Type": "string"}]}}
    with shared_server.store.writing() as tx:
        for kind, name, scope, body in (("database", "d", "", {}), ("table", "t", "d", table)):
            tx.resources.add(
                Resource(
                    kind=kind, name=name, scope=scope, body=body, created_at=now, modified_at=now
                )
            )
        tx.transforms.add(
            Transform(
                id="tfm-" + "2" * 40,
                name="taught",
                status="READY",
                created_at=now,
                modified_at=now,
                definition={
                    "InputRecordTables": [{"DatabaseName": "d", "TableName": "t"}],
                    "Parameters": {
                        "TransformType": "FIND_MATCHES",
                        "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
                    },
                    "Role": "role",
                },
                schema=({"Name": "id", "DataType": "string"},),
                label_count=4,
            )
        )
    return "tfm-" + "2" * 40


def call(connection: http.client.HTTPConnection, name: str, body: bytes) -> tuple[int, Any]:
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"AWSGlue.{name}"}
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


GLUE = sorted(name for name, operation in OPERATIONS.items() if operation.service == "glue")


@pytest.mark.parametrize("name", GLUE)
@given(data=st.data())
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_whatever_is_asked_is_answered_or_refused(
    name: str, data: st.DataObject, connection: http.client.HTTPConnection
) -> None:
    shape = input_shape("glue", name)
    assert shape is not None
    body = json.dumps(data.draw(values(shape))).encode()
    status, told = call(connection, name, body)
    assert status in (200, 400), told
    if status == 400:
        assert told["__type"].endswith("Exception")
        assert told["Message"]


def call_plainly(connection: http.client.HTTPConnection, name: str, body: bytes) -> tuple[int, Any]:
    connection.request("POST", f"/v1/{name}", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@pytest.mark.parametrize("name", sorted(BEYOND))
@given(data=st.data())
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_so_is_what_glue_has_no_operation_for(
    name: str, data: st.DataObject, taught: str, connection: http.client.HTTPConnection
) -> None:
    shape = input_shape("matchloop", name)
    assert shape is not None
    asked = data.draw(values(shape))
    if data.draw(st.booleans()):
        asked["TransformId"] = taught
    status, told = call_plainly(connection, name, json.dumps(asked).encode())
    assert status in (200, 400, 404, 409, 429), told
    if status != 200:
        assert told["error"]["code"]
        assert told["error"]["message"]


@given(body=st.binary(max_size=60) | ANYTHING.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_answered_or_refused(
    body: bytes, connection: http.client.HTTPConnection
) -> None:
    assert call(connection, "GetMLTransforms", body)[0] in (200, 400)
