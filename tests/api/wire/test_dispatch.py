from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from matchloop.errors import InputError
from matchloop_api.auth import ANYONE, Authenticator, Caller, Role
from matchloop_api.context import Context
from matchloop_api.errors import MLTransformNotReadyException
from matchloop_api.settings import Settings
from matchloop_api.store import Store, open_store
from matchloop_api.wire import Operation, Reply
from matchloop_api.wire.dispatch import Dispatcher
from matchloop_api.wire.http import Request

NOW = datetime(2026, 1, 1, 12, 0, 0, 123000, tzinfo=UTC)


class Known(Authenticator):
    """Lets everybody in as one caller."""

    caller = ANYONE

    def authenticate(self, request: Any, *, now: datetime) -> Caller:
        return self.caller


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'matchloop.sqlite'}")
    yield store
    store.close()


def answer(
    store: Store,
    handler: Any,
    members: Mapping[str, Any] = {"TransformId": "t"},
    *,
    path: str = "/",
    role: Role = Role.ADMIN,
    check: bool = True,
) -> tuple[int, Any]:
    settings = Settings()
    known = Known(store, settings)
    known.caller = replace(ANYONE, role=role, name="ann")
    dispatcher = Dispatcher(
        operations={"DeleteMLTransform": Operation(handler)},
        store=store,
        settings=settings,
        authenticator=known,
        check_responses=check,
    )
    kind = "application/json" if path != "/" else "application/x-amz-json-1.1"
    headers = {"content-type": kind, "x-amz-target": "AWSGlue.DeleteMLTransform"}
    body = json.dumps(members).encode()
    response = dispatcher.respond(Request("POST", path, "", headers, body, "the-id", NOW))
    assert response.operation == "DeleteMLTransform"
    assert response.caller == "ann"
    return response.status, json.loads(response.body)


def test_a_handler_gets_the_request_and_who_asked_when(opened: Store) -> None:
    seen: list[tuple[Any, Context]] = []

    def handler(request: Any, context: Context) -> Reply:
        seen.append((request, context))
        return Reply({"TransformId": "t", "Nothing": None}, id="t", created_at=NOW)

    assert answer(opened, handler) == (200, {"TransformId": "t"})
    [(request, context)] = seen
    assert request == {"TransformId": "t"}
    assert (context.caller.name, context.request_id, context.now) == ("ann", "the-id", NOW)
    assert context.operation == "DeleteMLTransform"


def test_the_plain_dialect_adds_id_and_time(opened: Store) -> None:
    def handler(request: Any, context: Context) -> Reply:
        return Reply({"TransformId": "t"}, id="t", created_at=NOW)

    status, told = answer(opened, handler, path="/v1/DeleteMLTransform")
    assert status == 200
    assert told == {
        "success": True,
        "data": {"id": "t", "created_at": "2026-01-01T12:00:00.123Z", "TransformId": "t"},
    }


def test_a_fault_tells_nothing_but_the_requests_id(opened: Store) -> None:
    def handler(request: Any, context: Context) -> Reply:
        raise RuntimeError("the secret")

    status, told = answer(opened, handler)
    assert (status, told["__type"]) == (500, "InternalServiceException")
    assert "the-id" in told["Message"]
    assert "secret" not in told["Message"]
    assert answer(opened, handler, path="/v1/DeleteMLTransform")[1]["error"]["code"] == (
        "INTERNAL_ERROR"
    )


def test_errors_of_the_engine_are_errors_of_the_request(opened: Store) -> None:
    def handler(request: Any, context: Context) -> Reply:
        raise InputError("there is no column 'x'")

    status, told = answer(opened, handler)
    assert status == 400
    assert told == {"__type": "InvalidInputException", "Message": "there is no column 'x'"}


def test_errors_of_an_operation_go_out_under_their_name(opened: Store) -> None:
    def handler(request: Any, context: Context) -> Reply:
        raise MLTransformNotReadyException("not yet")

    assert answer(opened, handler)[1]["__type"] == "MLTransformNotReadyException"
    status, told = answer(opened, handler, path="/v1/DeleteMLTransform")
    assert (status, told["error"]) == (409, {"code": "TRANSFORM_NOT_READY", "message": "not yet"})


@pytest.mark.parametrize("wrong", [{"TransformID": "t"}, {"TransformId": 1}, {"TransformId": ""}])
def test_a_response_that_breaks_the_model_is_a_fault_in_tests(
    opened: Store, wrong: Mapping[str, Any]
) -> None:
    def handler(request: Any, context: Context) -> Reply:
        return Reply(wrong)

    assert answer(opened, handler)[0] == 500
    assert answer(opened, handler, check=False)[0] == 200


def test_a_reader_may_not_delete(opened: Store) -> None:
    def handler(request: Any, context: Context) -> Reply:
        raise AssertionError("it was called")

    status, told = answer(opened, handler, role=Role.READER)
    assert (status, told["__type"]) == (400, "AccessDeniedException")
    assert answer(opened, handler, path="/v1/DeleteMLTransform", role=Role.READER)[0] == 403
