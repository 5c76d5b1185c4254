from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from matchloop.errors import UsageError
from matchloop_api.auth import ANYONE, Authenticator, Caller, Role, check_exposure, is_loopback
from matchloop_api.auth import authentication as module
from matchloop_api.errors import (
    AccessDeniedException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)
from matchloop_api.settings import Settings
from matchloop_api.store import AccessKey, Store, open_store

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
KEY = AccessKey(id="AKIA1", secret="secret-1", role="labeler", name="ann", created_at=CREATED)


@dataclass(frozen=True)
class Request:
    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"host": "127.0.0.1:8080"})
    body: bytes = b"{}"


def signed(key: AccessKey) -> Request:
    headers = {"Host": "127.0.0.1:8080"}
    made = AWSRequest("POST", "http://127.0.0.1:8080/", headers=headers, data=b"{}")
    SigV4Auth(Credentials(key.id, key.secret), "glue", "us-east-1").add_auth(made)
    return Request(headers={name.lower(): value for name, value in made.headers.items()})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def authenticator(store: Store, monkeypatch: pytest.MonkeyPatch) -> Authenticator:
    monkeypatch.setattr(module, "FRESH_S", 0.0)  # no waiting until the keys are read again
    return Authenticator(store, Settings())


def add(store: Store, *keys: AccessKey) -> None:
    with store.writing() as tx:
        for key in keys:
            tx.keys.add(key)


def test_without_keys_everyone_is_an_administrator(authenticator: Authenticator) -> None:
    assert authenticator.is_open()
    assert authenticator.authenticate(Request(), now=datetime.now(UTC)) == ANYONE
    assert authenticator.authenticate(signed(KEY), now=datetime.now(UTC)).role is Role.ADMIN


def test_without_keys_a_page_of_another_site_is_refused(authenticator: Authenticator) -> None:
    foreign = Request(headers={"host": "localhost:8080", "origin": "http://evil.example"})

    with pytest.raises(AccessDeniedException, match="foreign Origin"):
        authenticator.authenticate(foreign, now=datetime.now(UTC))


def test_without_keys_nobody_is_answered_beyond_loopback(store: Store) -> None:
    exposed = Authenticator(store, Settings(host="0.0.0.0"))

    with pytest.raises(MissingAuthenticationTokenException, match="matchloop keys add"):
        exposed.authenticate(signed(KEY), now=datetime.now(UTC))


def test_with_a_key_everything_must_be_signed(store: Store, authenticator: Authenticator) -> None:
    add(store, KEY)

    assert not authenticator.is_open()
    assert authenticator.authenticate(signed(KEY), now=datetime.now(UTC)) == Caller(
        "AKIA1", Role.LABELER, "ann"
    )
    assert authenticator.authenticate(signed(KEY), now=datetime.now(UTC)).name == "ann"
    with pytest.raises(MissingAuthenticationTokenException):
        authenticator.authenticate(Request(), now=datetime.now(UTC))
    with pytest.raises(InvalidSignatureException):
        authenticator.authenticate(signed(replace(KEY, secret="another")), now=datetime.now(UTC))
    with pytest.raises(UnrecognizedClientException):
        authenticator.authenticate(signed(replace(KEY, id="AKIA9")), now=datetime.now(UTC))


def test_a_revoked_key_is_unknown_at_once(store: Store, authenticator: Authenticator) -> None:
    add(store, KEY, replace(KEY, id="AKIA2", role="admin"))
    request = signed(KEY)
    assert authenticator.authenticate(request, now=datetime.now(UTC)).name == "ann"

    with store.writing() as tx:
        tx.keys.revoke(KEY.id, now=datetime.now(UTC))

    with pytest.raises(UnrecognizedClientException):
        authenticator.authenticate(request, now=datetime.now(UTC))


def test_keys_are_read_from_the_store_once_in_a_while(store: Store) -> None:
    add(store, KEY)
    authenticator = Authenticator(store, Settings())
    assert authenticator.authenticate(signed(KEY), now=datetime.now(UTC)).name == "ann"

    store.close()  # what is not read cannot fail

    assert authenticator.authenticate(signed(KEY), now=datetime.now(UTC)).name == "ann"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", ""])
def test_another_address_needs_a_key(host: str, store: Store) -> None:
    assert not is_loopback(host)
    with pytest.raises(UsageError, match="loopback only.* 'matchloop keys add NAME"):
        check_exposure(host, store)

    add(store, replace(KEY, revoked_at=CREATED))
    with pytest.raises(UsageError):
        check_exposure(host, store)

    add(store, replace(KEY, id="AKIA2"))
    check_exposure(host, store)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "LocalHost", "a.localhost."]
)
def test_loopback_needs_none(host: str, store: Store) -> None:
    check_exposure(host, store)
