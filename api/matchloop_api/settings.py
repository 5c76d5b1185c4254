"""Every setting of the server, in one place: defaults, a file, the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchloop.errors import InputError, UsageError

if TYPE_CHECKING:
    from matchloop.data.memory import Memory

__all__ = ["ENVIRONMENT", "Settings", "make_data_dir", "read_settings", "unknown_variables"]

ENVIRONMENT = "MATCHLOOP_"
"""A setting's variable is this and its name in capitals: ``MATCHLOOP_DATABASE_URL``."""

NOT_SETTINGS = (
    "MATCHLOOP_AIRFLOW",
    "MATCHLOOP_AWSWRANGLER",
    "MATCHLOOP_DATA",
    "MATCHLOOP_DEBUG",
    "MATCHLOOP_JAVASCRIPT",
    "MATCHLOOP_SAIL",
    "MATCHLOOP_SETTINGS",
    "MATCHLOOP_TERRAFORM_PROVIDERS",
)
"""Variables of the same form that mean something else."""

_DAY_S = 86_400.0


def _setting(
    default: Any,
    says: str,
    *,
    least: float | None = None,
    most: float | None = None,
    choices: Sequence[str] = (),
    secret: bool = False,
) -> Any:
    rules = {"says": says, "least": least, "most": most, "choices": tuple(choices)}
    return field(default=default, metadata=rules, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the server, from options, the environment or a file.

    Each field's ``says`` is its documentation; ``least``, ``most`` and ``choices`` bound it.
    """

    data_dir: Path = _setting(Path("matchloop-data"), "Folder of the store, logs and files.")
    database_url: str = _setting(
        "", "SQLAlchemy URL; empty: SQLite in the data folder.", secret=True
    )
    host: str = _setting("127.0.0.1", "Address to listen on; without keys only loopback.")
    port: int = _setting(8080, "Port to listen on; 0 takes a free one.", least=0, most=65_535)
    trust_forwarded: int = _setting(
        0,
        "1: without keys, answer also what a proxy forwards, which then decides who gets in.",
        least=0,
        most=1,
    )
    buckets: tuple[str, ...] = _setting((), "S3 buckets that may be read and written.")
    connections: tuple[str, ...] = _setting(
        (), "SQL databases that tables may be read from, each as name=SQLAlchemy URL.", secret=True
    )
    account_id: str = _setting("123456789012", "Account in ARNs and error texts.")
    region: str = _setting("us-east-1", "Region in ARNs.")
    max_transforms: int = _setting(100, "Transforms an account may have.", least=1)
    max_runs: int = _setting(30, "Task runs at once in the account.", least=1)
    max_runs_per_transform: int = _setting(3, "Task runs at once of one transform.", least=1)
    max_label_file_mb: int = _setting(10, "Size of a label file, in MB.", least=1)
    max_body_mb: int = _setting(8, "Size of a request's body, in MB.", least=1, most=1024)
    escape_formulas: int = _setting(
        0,
        "1: put ' before values in CSV files that a spreadsheet takes for a formula.",
        least=0,
        most=1,
    )
    request_timeout_s: float = _setting(
        30.0, "Seconds a request may take.", least=0.1, most=3_600.0
    )
    clock_skew_s: float = _setting(
        900.0, "Seconds a signature's time may be off.", least=1.0, most=_DAY_S
    )
    workers: int = _setting(
        1, "Task runs that one worker process carries out at once.", least=1, most=256
    )
    memory: str = _setting(
        "",
        "Most memory of a process that matches, such as 2GiB; empty: no limit.",
    )
    engine: str = _setting(
        "local",
        "Where find-matches jobs compare and score candidate pairs: in their process, or by Spark.",
        choices=("local", "spark"),
    )
    spark_master: str = _setting(
        "local[*]",
        "Spark's master with engine spark, such as spark://host:7077 or sc://host:15002.",
        secret=True,
    )
    lease_s: float = _setting(
        15.0,
        "Seconds without a sign of life after which a run is retaken.",
        least=0.5,
        most=_DAY_S,
    )
    max_attempts: int = _setting(
        10, "How often a run is begun before it counts as failed.", least=1
    )
    stop_grace_s: float = _setting(
        5.0, "Seconds that runs at work get when a worker is stopped.", least=0.0, most=_DAY_S
    )
    log_format: str = _setting("json", "Form of log lines.", choices=("json", "text"))
    log_level: str = _setting(
        "info", "Least level that is logged.", choices=("debug", "info", "warning", "error")
    )

    @property
    def store_url(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'matchloop.sqlite'}"

    def memory_of_a_run(self) -> Memory:
        """Return the memory that a run may take, for the records that it reads."""
        from matchloop.data.memory import memory_of

        return memory_of(self.memory or None)


def read_settings(
    arguments: Mapping[str, Any] | None = None,
    *,
    file: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings: arguments override the environment, which overrides the file.

    Parameters
    ----------
    arguments
        Values of the command line by name; None values are ignored.
    file
        A TOML file of settings; by default the one that ``MATCHLOOP_SETTINGS`` names.
    environ
        The environment; by default the process's own. An empty variable is none.

    Raises
    ------
    UsageError
        The file cannot be read, or a name or value in it or in the environment is wrong.
    """
    environ = os.environ if environ is None else environ
    path = file if file is not None else environ.get(f"{ENVIRONMENT}SETTINGS")
    settings = {setting.name: setting for setting in fields(Settings)}
    chosen: dict[str, Any] = {}
    for name, value in _read_file(path).items() if path else ():
        if name not in settings:
            raise UsageError(f"{path}: no setting '{name}'; known: {', '.join(settings)}")
        chosen[name] = value
    for name in settings:
        if (value := environ.get(f"{ENVIRONMENT}{name.upper()}")) not in (None, ""):
            chosen[name] = value
    chosen |= {name: value for name, value in (arguments or {}).items() if value is not None}
    defaults = Settings()
    made = {name: _as_type(name, value, getattr(defaults, name)) for name, value in chosen.items()}
    for name, value in made.items():
        _check(name, value, settings[name].metadata)
    return replace(defaults, **{"data_dir": defaults.data_dir.absolute()} | made)


def unknown_variables(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the variables that look like a setting and are none: spelling mistakes, mostly."""
    environ = os.environ if environ is None else environ
    variables = {f"{ENVIRONMENT}{setting.name.upper()}" for setting in fields(Settings)}
    ours = {name for name in environ if name.startswith(ENVIRONMENT)}
    return tuple(sorted(ours.difference(variables, NOT_SETTINGS)))


def make_data_dir(settings: Settings) -> Path:
    """Make the data folder, for its owner only, if it is not there, and return it.

    Raises
    ------
    InputError
        It cannot be made.
    """
    folder = settings.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make the data folder {folder}: {error.strerror}; "
            "choose one you may write to with --data-dir"
        ) from None
    return folder


def _read_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot read the settings in {path}: {error}") from None


def _as_type(name: str, value: Any, default: Any) -> Any:
    expected = f"give a value like {str(default) if isinstance(default, Path) else default!r}"
    try:
        if isinstance(default, Path):
            return Path(value).expanduser().absolute()
        if isinstance(default, tuple):
            parts = value.split(",") if isinstance(value, str) else list(value)
            if not all(isinstance(part, str) for part in parts):
                raise TypeError
            return tuple(part.strip() for part in parts if part.strip())
        accepted = (str,) if isinstance(default, str) else (str, int, type(default))
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise TypeError
        return type(default)(value)
    except (TypeError, ValueError, RuntimeError):
        raise UsageError(f"the setting {name} is {value!r}; {expected}") from None


def _check(name: str, value: Any, rules: Mapping[str, Any]) -> None:
    least, most, choices = rules["least"], rules["most"], rules["choices"]
    if choices and value not in choices:
        raise UsageError(f"the setting {name} is {value!r}; choose {' or '.join(choices)}")
    if least is not None and not least <= value <= (most if most is not None else float("inf")):
        until = f" and at most {most:g}" if most is not None else ""
        raise UsageError(f"the setting {name} is {value:g}; give at least {least:g}{until}")
    if name in ("host", "region", "account_id", "spark_master") and not value.strip():
        raise UsageError(f"the setting {name} is empty; leave it out or give a value")
    if name == "memory" and value:
        from matchloop.data.memory import memory_of

        try:
            memory_of(value)
        except UsageError as error:
            to_do = str(error).rpartition("; ")[2]
            raise UsageError(f"the setting memory is {value!r}; {to_do}") from None
    if name == "account_id" and not (len(value) == 12 and value.isascii() and value.isdigit()):
        raise UsageError(f"the setting account_id is {value!r}; give twelve digits")
