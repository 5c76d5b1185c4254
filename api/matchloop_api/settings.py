"""Every setting of the server, in one place: defaults, a file, the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from matchloop.errors import UsageError

__all__ = ["ENVIRONMENT", "Settings", "read_settings"]

ENVIRONMENT = "MATCHLOOP_"
"""A setting's variable is this and its name in capitals: ``MATCHLOOP_DATABASE_URL``."""


def _setting(default: Any, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set from outside. Each field's ``says`` is its documentation."""

    data_dir: Path = _setting(Path("matchloop-data"), "Folder of the store, logs and files.")
    database_url: str = _setting("", "SQLAlchemy URL; empty: SQLite in the data folder.")
    host: str = _setting("127.0.0.1", "Address to listen on; without keys only loopback.")
    port: int = _setting(8080, "Port to listen on; 0 takes a free one.")
    buckets: tuple[str, ...] = _setting((), "S3 buckets that may be read and written.")
    account_id: str = _setting("123456789012", "Account in ARNs and error texts.")
    region: str = _setting("us-east-1", "Region in ARNs.")
    max_transforms: int = _setting(100, "Transforms an account may have.")
    max_runs: int = _setting(30, "Task runs at once in the account.")
    max_runs_per_transform: int = _setting(3, "Task runs at once of one transform.")
    max_label_file_mb: int = _setting(10, "Size of a label file, in MB.")
    max_body_mb: int = _setting(8, "Size of a request's body, in MB.")
    request_timeout_s: float = _setting(30.0, "Seconds a request may take.")
    clock_skew_s: float = _setting(900.0, "Seconds a signature's time may be off.")
    workers: int = _setting(1, "Task runs that one worker process carries out at once.")
    lease_s: float = _setting(15.0, "Seconds without a sign of life after which a run is retaken.")
    max_attempts: int = _setting(10, "How often a run is begun before it counts as failed.")
    log_format: str = _setting("json", "Form of log lines: json or text.")
    log_level: str = _setting("info", "Least level that is logged: debug, info, warning, error.")

    @property
    def store_url(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'matchloop.sqlite'}"


def read_settings(
    given: Mapping[str, Any] | None = None,
    *,
    file: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Put the settings together: what was given beats the environment, that beats the file.

    Parameters
    ----------
    given
        Values by name, as the command line has them; None values are left out.
    file
        A TOML file of settings; by default the one that ``MATCHLOOP_SETTINGS`` names.
    environ
        The environment; by default the process's own.

    Raises
    ------
    UsageError
        The file cannot be read, or a name or value in it or in the environment is wrong.
    """
    environ = os.environ if environ is None else environ
    path = file if file is not None else environ.get(f"{ENVIRONMENT}SETTINGS")
    known = {one.name: one for one in fields(Settings)}
    chosen: dict[str, Any] = {}
    for name, value in _read_file(path).items() if path else ():
        if name not in known:
            raise UsageError(f"{path}: no setting '{name}'; known: {', '.join(known)}")
        chosen[name] = value
    for name in known:
        if (value := environ.get(f"{ENVIRONMENT}{name.upper()}")) not in (None, ""):
            chosen[name] = value
    chosen |= {name: value for name, value in (given or {}).items() if value is not None}
    defaults = Settings()
    return replace(
        defaults,
        **{name: _as_type(name, value, getattr(defaults, name)) for name, value in chosen.items()},
    )


def _read_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot read the settings in {path}: {error}") from None


def _as_type(name: str, value: Any, default: Any) -> Any:
    try:
        if isinstance(default, Path):
            return Path(value).absolute()
        if isinstance(default, tuple):
            parts = value.split(",") if isinstance(value, str) else value
            return tuple(str(part).strip() for part in parts if str(part).strip())
        made = type(default)(value)
    except (TypeError, ValueError):
        raise UsageError(
            f"the setting {name} is {value!r}; give a value like {default!r}"
        ) from None
    if isinstance(made, (int, float)) and made < 0:
        raise UsageError(f"the setting {name} is {value!r}; give a number of at least 0")
    return made
