"""How long it takes to verify a signature: as botocore signs, and as the server does.

::

    python benchmarks/signatures.py
"""

from __future__ import annotations

import timeit
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from time import process_time

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from matchloop_api.auth.sigv4 import Scope, derive_key, verify

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CREDENTIALS = Credentials("AKIDEXAMPLE", SECRET)
BODY = b'{"TransformId":"tfm-810e6f50ff6e74964b5990ab354398b9bbd113e7"}'
HEADERS = {
    "Host": "127.0.0.1:8080",
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AWSGlue.GetMLTransform",
}


@dataclass(frozen=True)
class Request:
    """A request as the server has it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


def main() -> None:
    made = AWSRequest("POST", "http://127.0.0.1:8080/", headers=HEADERS, data=BODY)
    SigV4Auth(CREDENTIALS, "glue", "us-east-1").add_auth(made)
    request = Request("POST", "/", "", {k.lower(): v for k, v in made.headers.items()}, BODY)
    now = datetime.now(UTC)
    cached: dict[Scope, bytes] = {}

    def as_botocore() -> bool:
        headers = {name: request.headers[name] for name in (*map(str.lower, HEADERS), "x-amz-date")}
        again = AWSRequest("POST", "http://127.0.0.1:8080/", headers=headers, data=BODY)
        again.context["timestamp"] = headers["x-amz-date"]
        signer = SigV4Auth(CREDENTIALS, "glue", "us-east-1")
        text = signer.string_to_sign(again, signer.canonical_request(again))
        found = signer.signature(text, again)
        return compare_digest(found, request.headers["authorization"].rpartition("=")[2])

    def deriving() -> None:
        verify(request, lambda scope: derive_key(SECRET, scope), now=now, skew_s=900)

    def remembering() -> None:
        def key(scope: Scope) -> bytes:
            return cached.get(scope) or cached.setdefault(scope, derive_key(SECRET, scope))

        verify(request, key, now=now, skew_s=900)

    assert as_botocore()
    for name, function in (
        ("botocore's signer as it is", as_botocore),
        ("the server, key derived each time", deriving),
        ("the server, derived key remembered", remembering),
    ):
        best = min(timeit.repeat(function, timer=process_time, number=500, repeat=20)) / 500
        print(f"{name:<36} {best * 1000:.3f} ms")


if __name__ == "__main__":
    main()
