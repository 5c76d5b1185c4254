"""Log lines on stderr: JSON for machines, or text for people.

All log lines pass here: those of the server, of uvicorn, and of any library that uses logging.
Bodies and headers are never logged. Text of a library that resembles a signature, a token or a
password is masked.
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
    """Configure logging: every line goes to one stream, in the format of the settings.

    It may be called again. Start uvicorn with ``log_config=None``, so that it changes nothing.

    Parameters
    ----------
    settings
        ``log_format`` and ``log_level`` count.
    stream
        The stream; by default stderr.
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
        The event, in a few words.
    level
        ``debug``, ``info``, ``warning`` or ``error``.
    facts
        Facts about the event; never a secret.
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
    requested: str = "",
    quiet: bool = False,
) -> None:
    """Write the log line of a request.

    Parameters
    ----------
    request_id
        Its id.
    operation, dialect
        The called operation and the dialect; empty if unknown.
    caller
        The name of the key that signed it; empty without a key.
    status, code
        HTTP status, and the code of the error, empty for a success.
    seconds
        Duration of the request.
    received, sent
        Sizes of the request's and the response's body in bytes.
    path
        The path without its query, if no operation was called.
    requested
        The name that the caller sent, if it is no operation of the server.
    quiet
        Whether to log at the level debug, for example a health check.
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
        facts |= {"asked": requested[:100]} if requested else {}
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
    text = " ".join([str(time), f"{level:<7}", _on_one_line(str(event)), *facts])
    return f"{text}\n{trace}" if trace else text


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


def _blot(match: re.Match[str]) -> str:
    return f"{match[1] or match[2]}***"
