from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError

from matchloop_api import errors
from matchloop_api.errors import ServiceError
from matchloop_api.wire.plain import CODES

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

    from api.conftest import Server

AWS = "application/x-amz-json-1.1"


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    return shared_server


def send(
    server: Server,
    path: str,
    body: bytes | dict[str, Any] = b"{}",
    *,
    method: str = "POST",
    **headers: str,
) -> tuple[int, dict[str, str], bytes]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(server.url + path, raw, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def plain(server: Server, path: str, body: Any = b"{}", **headers: str) -> tuple[int, Any]:
    status, _, raw = send(server, path, body, content_type="application/json", **headers)
    return status, json.loads(raw)


def aws(server: Server, target: str, body: Any = b"{}") -> tuple[int, Any]:
    status, _, raw = send(server, "/", body, content_type=AWS, x_amz_target=target)
    return status, json.loads(raw)


class TestAwsJson:
    def test_boto3_is_served(self, glue: GlueClient) -> None:
        glue.create_database(DatabaseInput={"Name": "boto3"})
        answer = glue.get_database(Name="boto3")
        assert answer["Database"]["Name"] == "boto3"
        assert len(answer["ResponseMetadata"]["RequestId"]) == 36

    def test_errors_are_those_of_the_model(self, glue: GlueClient) -> None:
        with pytest.raises(glue.exceptions.EntityNotFoundException) as caught:
            glue.get_database(Name="nope")
        answer = caught.value.response["ResponseMetadata"]
        assert answer["HTTPStatusCode"] == 400
        assert answer["HTTPHeaders"]["x-amzn-errortype"] == "EntityNotFoundException"
        assert answer["RequestId"]

    def test_what_boto3_lets_through_is_refused(self, raw_glue: GlueClient) -> None:
        with pytest.raises(ClientError, match="less than or equal to 1000") as caught:
            raw_glue.get_ml_transforms(MaxResults=1001)
        assert caught.value.response["Error"]["Code"] == "ValidationException"

    def test_an_operation_of_glue_that_is_not_offered_names_what_is(self, glue: GlueClient) -> None:
        with pytest.raises(ClientError, match="GetMLTransform") as caught:
            glue.list_workflows()
        assert caught.value.response["Error"]["Code"] == "UnknownOperationException"

    @pytest.mark.parametrize(
        "target", ["", "GetMLTransforms", "AWSStepFunctions.GetMLTransforms", "AWSGlue.Nope"]
    )
    def test_another_target_is_unknown(self, server: Server, target: str) -> None:
        status, told = aws(server, target)
        assert (status, told["__type"]) == (400, "UnknownOperationException")

    def test_identity_is_not_asked_in_the_protocol_of_glue(self, server: Server) -> None:
        assert aws(server, "AWSGlue.GetCallerIdentity")[0] == 400

    def test_members_that_are_not_known_are_left_out(self, server: Server) -> None:
        assert aws(server, "AWSGlue.GetMLTransforms", {"Newer": 1})[0] == 200

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"[]",
            b"null",
            b"\xff\xfe",
            b'{"MaxResults": NaN}',
            b'{"MaxResults": Infinity}',
            b'{"NextToken": "\\ud800"}',
            b"[" * 100_000,
            b'{"MaxResults": 1' + b"0" * 5000 + b"}",
            b'{"MaxResults": 1e999}',
        ],
    )
    def test_what_is_no_request_is_a_serialization_error(self, server: Server, body: bytes) -> None:
        status, told = aws(server, "AWSGlue.GetMLTransforms", body)
        assert (status, told["__type"]) == (400, "SerializationException")

    def test_of_a_key_given_twice_the_last_counts(self, server: Server) -> None:
        body = b'{"MaxResults": 2000, "MaxResults": 10}'
        assert aws(server, "AWSGlue.GetMLTransforms", body)[0] == 200

    def test_an_empty_body_is_an_empty_request(self, server: Server) -> None:
        assert aws(server, "AWSGlue.GetMLTransforms", b"")[0] == 200

    def test_another_content_type_is_refused(self, server: Server) -> None:
        status, _, raw = send(
            server, "/", content_type="text/plain", x_amz_target="AWSGlue.GetMLTransforms"
        )
        assert status == 400
        assert b"application/x-amz-json-1.1" in raw


class TestPlain:
    def test_an_answer_comes_in_its_envelope(self, server: Server) -> None:
        status, told = plain(server, "/v1/CreateDatabase", {"DatabaseInput": {"Name": "shop"}})
        assert status == 200
        assert told["success"] is True
        assert told["data"]["id"] == "shop"
        assert told["data"]["created_at"].endswith("Z")
        _, told = plain(server, "/v1/GetDatabase", {"Name": "shop"})
        assert told["data"]["Database"]["CreateTime"].endswith("Z")

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            ("/", {"x_amz_target": "AWSGlue.GetDatabases"}),
            ("/", {"x_amz_target": "GetDatabases"}),
            ("/?Action=GetDatabases", {}),
            ("/?Action=AWSGlue.GetDatabases&Version=2017-03-31", {}),
            ("/?Operation=GetDatabases", {}),
            ("/?operation=GetDatabases", {}),
            ("/?X-Amz-Target=AWSGlue.GetDatabases", {}),
            ("/v1/GetDatabases", {}),
        ],
    )
    def test_the_operation_may_stand_in_the_path_header_or_query(
        self, server: Server, path: str, headers: dict[str, str]
    ) -> None:
        status, told = plain(server, path, **headers)
        assert (status, told["success"]) == (200, True)
        assert "DatabaseList" in told["data"]

    @pytest.mark.parametrize(
        ("path", "body", "status", "code"),
        [
            ("/v1/GetDatabase", {}, 400, "VALIDATION_ERROR"),
            ("/v1/GetDatabase", {"Name": 1}, 400, "VALIDATION_ERROR"),
            ("/v1/GetDatabase", b"{", 400, "VALIDATION_ERROR"),
            ("/v1/GetDatabase", {"Name": "a", "Nmae": "b"}, 400, "VALIDATION_ERROR"),
            ("/v1/GetDatabase", {"Name": "nope"}, 404, "ENTITY_NOT_FOUND"),
            ("/v1/GetMLTransforms", {"NextToken": "nope"}, 400, "VALIDATION_ERROR"),
            ("/v1/Nope", {}, 404, "UNKNOWN_OPERATION"),
            ("/v1/", {}, 404, "UNKNOWN_OPERATION"),
            ("/v1/ListWorkflows", {}, 404, "UNKNOWN_OPERATION"),
            ("/", {}, 404, "UNKNOWN_OPERATION"),
            ("/?Action=", {}, 404, "UNKNOWN_OPERATION"),
        ],
    )
    def test_errors_have_a_status_and_a_code(
        self, server: Server, path: str, body: Any, status: int, code: str
    ) -> None:
        found, told = plain(server, path, body)
        assert (found, told["success"], told["error"]["code"]) == (status, False, code)
        assert told["error"]["message"]

    def test_a_name_that_is_taken_is_a_conflict(self, server: Server) -> None:
        body = {"DatabaseInput": {"Name": "taken"}}
        plain(server, "/v1/CreateDatabase", body)
        status, told = plain(server, "/v1/CreateDatabase", body)
        assert (status, told["error"]["code"]) == (409, "ALREADY_EXISTS")

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
    def test_what_a_foreign_page_may_send_is_refused(self, server: Server, kind: str) -> None:
        status, _, raw = send(server, "/v1/GetDatabases", content_type=kind)
        assert status == 400
        assert b"expected application/json" in raw

    def test_times_may_be_text(self, server: Server) -> None:
        body = {"Filter": {"CreatedBefore": "2020-01-01T00:00:00Z"}}
        assert plain(server, "/v1/GetMLTransforms", body)[0] == 200

    def test_the_request_id_is_told(self, server: Server) -> None:
        _, headers, _ = send(server, "/v1/GetDatabases", content_type="application/json")
        assert (
            len({name.lower(): value for name, value in headers.items()}["x-amzn-requestid"]) == 36
        )

    def test_every_error_has_its_line(self) -> None:
        concrete = [
            getattr(errors, name)
            for name in errors.__all__
            if name not in ("ServiceError", "AuthError")
        ]
        assert [error for error in concrete if error not in CODES] == []
        assert all(issubclass(error, ServiceError) for error in CODES)


class TestQuery:
    def test_identity_is_told_to_boto3(self, server: Server) -> None:
        client = server.client("sts")
        assert client.get_caller_identity()["Account"] == "123456789012"
        client.close()

    @pytest.mark.parametrize(
        ("form", "code"),
        [
            (b"Action=Nope", "InvalidAction"),
            (b"", "InvalidAction"),
            (b"Action=GetDatabases", "InvalidAction"),
            (b"\xff=\xfe", "MalformedInput"),
            (b"&".join(b"a%d=1" % n for n in range(200)), "MalformedInput"),
            (b"Action=%00%1b<", "InvalidAction"),
        ],
    )
    def test_errors_are_xml(self, server: Server, form: bytes, code: str) -> None:
        kind = "application/x-www-form-urlencoded"
        status, _, raw = send(server, "/", form, content_type=kind)
        assert status == 400
        space = "{https://sts.amazonaws.com/doc/2011-06-15/}"
        assert ElementTree.fromstring(raw).findtext(f"{space}Error/{space}Code") == code
