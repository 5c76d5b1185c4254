from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from matchloop_api.observing import configure_logs, log, log_request
from matchloop_api.settings import Settings

REQUEST: dict[str, Any] = {
    "request_id": "00000000-0000-0000-0000-000000000000",
    "operation": "GetMLTransform",
    "dialect": "aws-json",
    "caller": "ann",
    "status": 200,
    "code": "",
    "seconds": 0.0123,
    "received": 61,
    "sent": 512,
}


pytestmark = pytest.mark.usefixtures("logging_as_before")


def written(log_format: str = "json", log_level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure_logs(Settings(log_format=log_format, log_level=log_level), stream)
    return stream


def test_a_request_is_one_line_of_json() -> None:
    stream = written()

    log_request(**REQUEST)

    (line,) = stream.getvalue().splitlines()
    said = json.loads(line)
    assert said.pop("time").endswith("Z")
    assert said == {
        "event": "request",
        "level": "info",
        "request_id": REQUEST["request_id"],
        "operation": "GetMLTransform",
        "dialect": "aws-json",
        "caller": "ann",
        "status": 200,
        "code": "",
        "ms": 12.3,
        "received": 61,
        "sent": 512,
    }


def test_a_request_is_one_line_of_text() -> None:
    stream = written("text")

    log_request(**REQUEST | {"caller": "ann\nlevel=error", "status": 500})

    (line,) = stream.getvalue().splitlines()
    assert " error   request request_id=0000" in line
    assert r"caller='ann\nlevel=error' status=500 ms=12.3" in line


def test_what_no_operation_answered_is_logged_with_its_path() -> None:
    stream = written()

    log_request(**REQUEST | {"operation": "", "path": "/" + "x" * 500})

    assert len(json.loads(stream.getvalue())["path"]) == 100


def test_lines_below_the_level_are_left_out() -> None:
    stream = written(log_level="warning")

    log_request(**REQUEST)
    log("done")
    logging.getLogger("uvicorn.error").info("Started")
    assert stream.getvalue() == ""

    log_request(**REQUEST | {"status": 500})
    assert json.loads(stream.getvalue())["level"] == "error"


def test_a_look_at_the_health_is_for_debugging_only() -> None:
    stream = written()
    log_request(**REQUEST, quiet=True)
    assert stream.getvalue() == ""

    stream = written(log_level="debug")
    log_request(**REQUEST, quiet=True)
    assert json.loads(stream.getvalue())["level"] == "debug"


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_other_loggers_write_in_the_same_form(log_format: str) -> None:
    stream = written(log_format)

    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    try:
        raise ValueError("wrong")
    except ValueError as fault:
        logging.getLogger("matchloop.wire").error(
            "a fault", exc_info=fault, extra={"request_id": "r"}
        )

    text = stream.getvalue()
    assert "Started server process [7]" in text
    assert "ValueError: wrong" in text
    if log_format == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        assert [line["level"] for line in lines] == ["info", "error"]
        assert lines[1]["request_id"] == "r"
        assert "Traceback" in lines[1]["exception"]


@pytest.mark.parametrize(
    "secret",
    [
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/1, Signature=hushhush",
        "GET /?X-Amz-Signature=hushhush&a=1",
        "x-amz-security-token: hushhush",
        "{'aws_secret_access_key': 'hushhush'}",
        "postgresql://user:hushhush@db/matchloop",
        "password=hushhush host=db",
    ],
)
def test_secrets_in_other_loggers_lines_are_blotted_out(secret: str) -> None:
    stream = written()

    logging.getLogger("some.library").warning("could not connect: %s", secret)
    try:
        raise RuntimeError(secret)
    except RuntimeError:
        logging.getLogger("some.library").exception("fault")
    log("odd", level="error", facts={"nested": secret})

    assert "could not connect" in stream.getvalue()
    assert "hushhush" not in stream.getvalue()
