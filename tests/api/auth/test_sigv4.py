"""The official vectors, and what an attacker might change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, given
from hypothesis import strategies as st

from matchloop_api.auth.sigv4 import Scope, derive_key, verify
from matchloop_api.errors import (
    AuthError,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    SignatureDoesNotMatch,
    UnrecognizedClientException,
)

VECTORS = json.loads((Path(__file__).parent / "aws_vectors.json").read_text(encoding="utf-8"))
KEY, SECRET = "AKIAEXAMPLEEXAMPLE23", "a-secret-of-forty-characters-0123456789+"
BODY = b'{"TransformId":"tfm-810e6f50ff6e74964b5990ab354398b9bbd113e7"}'
HEADERS = {
    "Host": "127.0.0.1:8080",
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AWSGlue.GetMLTransform",
    "User-Agent": "Boto3",
}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def signed(
    *,
    url: str = "http://127.0.0.1:8080/",
    headers: Mapping[str, str] = HEADERS,
    body: bytes = BODY,
    secret: str = SECRET,
    token: str | None = None,
    service: str = "glue",
    signer: type[SigV4Auth] = SigV4Auth,
) -> Request:
    made = AWSRequest("POST", url, headers=dict(headers), data=body)
    signer(Credentials(KEY, secret, token), service, "eu-west-1").add_auth(made)
    path, _, query = str(made.url).removeprefix("http://127.0.0.1:8080").partition("?")
    sent = {name.lower(): value for name, value in made.headers.items()}
    return Request("POST", path, query, sent, body)


def check(request: Request, *, now: datetime | None = None, skew_s: float = 900) -> Scope:
    def signing_key(scope: Scope) -> bytes | None:
        return derive_key(SECRET, scope) if scope.key_id == KEY else None

    return verify(request, signing_key, now=now or datetime.now(UTC), skew_s=skew_s)


def with_header(request: Request, name: str, value: str | None) -> Request:
    kept = {one: said for one, said in request.headers.items() if one != name}
    return replace(request, headers=kept if value is None else kept | {name: value})


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_official_vectors_are_verified(vector: Mapping[str, Any]) -> None:
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={VECTORS['access_key_id']}/{VECTORS['scope']}, "
        f"SignedHeaders={vector['signed']}, Signature={vector['signature']}"
    )
    headers = {"authorization": authorization}
    for name, value in vector["headers"]:
        before = [headers[name.lower()]] if name.lower() in headers else []
        headers[name.lower()] = ",".join([*before, value])
    request = Request(
        vector["method"],
        vector["path"],
        vector["query"],
        headers,
        vector["body"].encode(),
    )

    def run() -> Scope:
        return verify(
            request,
            lambda scope: derive_key(VECTORS["secret"], scope),
            now=datetime(2015, 8, 30, 12, 40, tzinfo=UTC),
            skew_s=900,
            services=("service",),
        )

    if "refused" in vector:
        with pytest.raises(AuthError):
            run()
    else:
        assert run() == Scope("AKIDEXAMPLE", "20150830", "us-east-1", "service")


def test_the_signing_key_of_the_documentation_is_derived() -> None:
    # The worked example of "Signature Version 4 signing process" in the AWS General Reference.
    key = derive_key(
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Scope("", "20120215", "us-east-1", "iam")
    )

    assert key.hex() == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"


def test_what_botocore_signs_is_verified() -> None:
    assert check(signed()).key_id == KEY
    assert check(signed(url="http://127.0.0.1:8080/v1/GetTags?b=2&a=1&a=%20&c")).service == "glue"


def test_a_date_header_serves_as_the_time() -> None:
    request = signed(headers={**HEADERS, "Date": "Mon, 09 Sep 2011 23:36:00 GMT"})

    assert "x-amz-date" not in request.headers
    assert check(request).key_id == KEY


@given(st.data())
def test_any_change_is_refused(data: st.DataObject) -> None:
    request = signed(url="http://127.0.0.1:8080/v1/GetMLTransform?target=GetMLTransform&x=1")
    text = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)
    part = data.draw(st.sampled_from(["method", "path", "query", "header", "body"]))
    match part:
        case "method":
            changed = replace(request, method=data.draw(st.sampled_from(["GET", "PUT", "PATCH"])))
        case "path":
            # The same path in other words, /a/../b for /b, is the same path to AWS, too.
            added = data.draw(text.filter(lambda added: bool(added) and "/" not in added))
            changed = replace(request, path=f"{request.path}{added}")
        case "query":
            changed = replace(request, query=data.draw(text))
            assume(sorted(changed.query.split("&")) != ["target=GetMLTransform", "x=1"])
        case "body":
            changed = replace(request, body=data.draw(st.binary(max_size=80)))
            assume(changed.body != request.body)
        case _:
            names = ["host", "content-type", "x-amz-target", "x-amz-date", "x-amz-meta"]
            name, value = data.draw(st.sampled_from(names)), data.draw(text)
            assume(value != request.headers.get(name))
            changed = with_header(request, name, value)

    with pytest.raises(AuthError):
        check(changed)


@given(st.text(max_size=200))
def test_no_authorization_header_is_a_fault(value: str) -> None:
    for one in (value, f"AWS4-HMAC-SHA256 {value}"):
        with pytest.raises(AuthError):
            check(with_header(signed(), "authorization", one))


@given(st.sampled_from(["Credential", "SignedHeaders", "Signature"]), st.text(max_size=20))
def test_no_part_of_it_is_a_fault(name: str, value: str) -> None:
    request = signed()
    parts = dict(part.split("=", 1) for part in request.headers["authorization"][17:].split(", "))
    assume(value != parts[name])
    parts[name] = value
    text = "AWS4-HMAC-SHA256 " + ", ".join(f"{one}={said}" for one, said in parts.items())

    with pytest.raises(AuthError):
        check(with_header(request, "authorization", text))


def test_without_a_signature_one_is_asked_for() -> None:
    with pytest.raises(MissingAuthenticationTokenException, match="Missing Authentication Token"):
        check(with_header(signed(), "authorization", None))


def test_a_wrong_secret_is_refused() -> None:
    with pytest.raises(InvalidSignatureException, match="signature we calculated does not match"):
        check(signed(secret="another"))
    with pytest.raises(SignatureDoesNotMatch, match="signature we calculated does not match"):
        check(signed(secret="another", service="sts"))


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(UnrecognizedClientException, match="security token included .* is invalid"):
        verify(signed(), lambda scope: None, now=datetime.now(UTC), skew_s=900)


def test_a_session_token_belongs_to_no_key() -> None:
    with pytest.raises(UnrecognizedClientException, match="security token included .* is invalid"):
        check(signed(token="token-of-a-session"))


@pytest.mark.parametrize("minutes", [-16, 16])
def test_an_old_or_early_signature_is_refused(minutes: int) -> None:
    request = signed()
    now = datetime.now(UTC)

    with pytest.raises(InvalidSignatureException, match=r"Signature (expired|not yet current): 2"):
        check(request, now=now - timedelta(minutes=minutes))
    assert check(request, now=now - timedelta(minutes=minutes * 0.9)).key_id == KEY


def test_a_presigned_request_is_refused_clearly() -> None:
    request = signed(headers={"Host": HEADERS["Host"]}, signer=SigV4QueryAuth)

    with pytest.raises(IncompleteSignatureException, match="query string is not accepted"):
        check(request)


@pytest.mark.parametrize("sent", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "00"])
def test_a_hash_that_is_not_the_bodys_is_refused(sent: str) -> None:
    request = signed(headers={**HEADERS, "X-Amz-Content-SHA256": sent})

    with pytest.raises(InvalidSignatureException, match="not the hash of the body"):
        check(request)


def test_the_target_must_be_signed() -> None:
    request = signed(headers={"Host": HEADERS["Host"]})

    assert check(request).key_id == KEY
    with pytest.raises(InvalidSignatureException, match="not: x-amz-target"):
        check(with_header(request, "x-amz-target", "AWSGlue.DeleteMLTransform"))


def test_another_service_or_day_is_refused() -> None:
    with pytest.raises(InvalidSignatureException, match="scoped to correct service: 'glue'"):
        check(signed(service="s3"))
    request = signed()
    text = request.headers["authorization"]
    day = request.headers["x-amz-date"][:8]
    with pytest.raises(InvalidSignatureException, match="Date in Credential scope does not match"):
        check(with_header(request, "authorization", text.replace(f"/{day}/", "/20200101/")))


def test_errors_tell_nothing_of_signatures_and_tokens() -> None:
    request = signed(token="token-of-a-session", secret="another")
    signature = request.headers["authorization"].rpartition("=")[2]
    tampered = [
        request,
        with_header(request, "x-amz-date", "soon"),
        with_header(request, "host", None),
        with_header(request, "authorization", f"AWS4-HMAC-SHA256 Signature={signature}"),
        with_header(request, "authorization", f"AWS4-HMAC-SHA256 {signature}={signature}"),
        with_header(request, "authorization", f"{signature} Signature={signature}"),
    ]

    for one in tampered:
        with pytest.raises(AuthError) as caught:
            check(one)
        assert signature not in str(caught.value)
        assert "token-of-a-session" not in str(caught.value)
