"""Log lines on stderr: JSON for machines, or text for people.

Everything goes through here: what the server says, uvicorn, and any library that uses logging.
Neither bodies nor headers are ever logged, and what looks like a signature, a token or a password
in another's text is blotted out.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from matchloop_api.settings import Settings

__all__ = ["configure_logs", "log", "log_request"]

_SECRET = re.compile(
    r"(?i)((?:signature|credential|security-token|session_?token|secret(?:_?access)?_?key|password)"
    r"[\"']?\s*[=:]\s*[\"']?)[^&,;\s\"']+|(://[^/\s:@]*:)[^@\s/]+(?=@)"
)
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_PLAIN = re.compile(r"[\w.:/+@-]+", re.ASCII)
_QUIET = {"uvicorn.access": logging.WARNING, "alembic": logging.WARNING, "botocore": logging.INFO}
_REQUESTS = structlog.get_logger("matchloop.requests")

Processor = Callable[[Any, str, MutableMapping[str, Any]], Any]


def configure_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Send every log line to a stream in the form that the settings ask for.

    May be called again; uvicorn must be told ``log_config=None`` so that it changes nothing.

    Parameters
    ----------
    settings
        ``log_format`` and ``log_level`` count.
    stream
        Where to; stderr if not given.
    """
    level = _LEVELS[settings.log_level]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    render = _json() if settings.log_format == "json" else _text
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, _without_secrets, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *shared,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_secrets,
                render,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, least))


def log(event: str, *, level: str = "info", **facts: Any) -> None:
    """Write one line about something other than a request.

    Parameters
    ----------
    event
        What happened, in a word or a few.
    level
        ``debug``, ``info``, ``warning`` or ``error``.
    facts
        What belongs to it; never a secret.
    """
    getattr(_REQUESTS, level)(event, **facts)


def log_request(
    *,
    request_id: str,
    operation: str,
    dialect: str,
    caller: str,
    status: int,
    code: str,
    seconds: float,
    received: int,
    sent: int,
    path: str = "",
    asked: str = "",
    quiet: bool = False,
) -> None:
    """Write the one line about a request.

    Parameters
    ----------
    request_id
        Its id.
    operation, dialect
        What was called and how; empty where that was not found out.
    caller
        Whose key signed it; empty where there is none.
    status, code
        HTTP status, and the error's code, empty for a success.
    seconds
        How long it took.
    received, sent
        Bytes of the body and of the answer.
    path
        What was asked for where no operation was called, without its query.
    asked
        What the caller asked for where that is no operation of the server.
    quiet
        Whether the line is for debugging only: a look at the server's health, for example.
    """
    level = "error" if status >= 500 else "debug" if quiet else "info"
    facts: dict[str, Any] = {
        "request_id": request_id,
        "operation": operation,
        "dialect": dialect,
        "caller": caller,
        "status": status,
        "code": code,
        "ms": round(seconds * 1000, 2),
        "received": received,
        "sent": sent,
    }
    if not operation:
        facts |= {"path": path[:100]} if path else {}
        facts |= {"asked": asked[:100]} if asked else {}
    getattr(_REQUESTS, level)("request", **facts)


def _json() -> Processor:
    import orjson

    def dumps(value: Any, **options: Any) -> str:
        return orjson.dumps(value, default=options.get("default")).decode()

    return structlog.processors.JSONRenderer(serializer=dumps)


def _text(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> str:
    time, level, event = line.pop("time", ""), line.pop("level", ""), line.pop("event", "")
    trace = line.pop("exception", None)
    facts = [f"{name}={_shown(value)}" for name, value in line.items() if value != ""]
    said = " ".join([str(time), f"{level:<7}", _on_one_line(str(event)), *facts])
    return f"{said}\n{trace}" if trace else said


def _shown(value: Any) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else repr(text)


def _on_one_line(text: str) -> str:
    return text if text.isprintable() else repr(text)


def _without_secrets(
    _logger: Any, _name: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in line.items():
        if isinstance(value, str):
            if len(value) > 16:
                line[name] = _SECRET.sub(_blot, value)
        elif isinstance(value, (Mapping, list, tuple)):
            line[name] = _SECRET.sub(_blot, str(value))
    return line


def _blot(found: re.Match[str]) -> str:
    return f"{found[1] or found[2]}***"
