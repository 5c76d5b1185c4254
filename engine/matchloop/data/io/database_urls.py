"""Parse URLs and files of databases, and import the package that each one needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchloop.errors import MatchloopError, MissingExtra, without_passwords

__all__ = ["Place", "is_database", "module_of", "place_of", "reported"]

_SCHEMES = ("postgresql", "postgres", "mysql", "mariadb", "sqlite", "duckdb", "oracle", "mssql")
_SUFFIXES = {".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite"}
_SUFFIXES |= {".duckdb": "duckdb", ".ddb": "duckdb"}
_QUERY = re.compile(r"(?is)\s*(select|with)\b.*")


@dataclass(frozen=True, slots=True)
class Place:
    """A table or query of a database.

    Parameters
    ----------
    url
        The URL of the database, in the form of SQLAlchemy.
    wanted
        A table or a query; empty if the database holds only one table.
    file
        The file of the database; None for a server.
    """

    url: str
    wanted: str
    file: str | None

    @property
    def is_duckdb(self) -> bool:
        """Whether DuckDB reads it, else SQLAlchemy."""
        return self.url.startswith("duckdb:")

    @property
    def query(self) -> str | None:
        """The query without its semicolon, None for a table."""
        return self.wanted.strip().rstrip(";") if _QUERY.fullmatch(self.wanted) else None

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return without_passwords(self.url)


def is_database(path: str) -> bool:
    """Tell whether a path is the URL of a database, or a file of SQLite or DuckDB."""
    scheme, separator, _ = path.partition("://")
    if separator:
        return scheme.lower().partition("+")[0] in _SCHEMES
    return Path(path.partition("#")[0]).suffix.lower() in _SUFFIXES


def place_of(path: str) -> Place:
    """Parse a path: a URL or file, then ``#`` and a table or query."""
    url, _, wanted = path.partition("#")
    scheme, separator, rest = url.partition("://")
    if not separator:
        kind = _SUFFIXES[Path(url).suffix.lower()]
        return Place(f"{kind}:///{url}", wanted, url)
    kind = scheme.lower()
    if kind in ("postgres", "postgresql"):
        return Place(f"postgresql+psycopg://{rest}", wanted, None)
    if kind.partition("+")[0] in ("sqlite", "duckdb"):
        file = rest.removeprefix("/").partition("?")[0]
        return Place(f"{kind}://{rest}", wanted, file)
    return Place(f"{kind}://{rest}", wanted, None)


def module_of(place: Place) -> Any:
    """Import the package that a database needs.

    Raises
    ------
    MissingExtra
        It is not installed.
    """
    extra = "duckdb" if place.is_duckdb else "sql"
    try:
        if place.is_duckdb:
            import duckdb

            return duckdb
        import sqlalchemy

        return sqlalchemy
    except ImportError as error:
        raise MissingExtra(
            f"{place.shown} needs {error.name}, which is not installed: "
            f"pip install 'matchloop[{extra}]'"
        ) from None


@contextmanager
def reported(place: Place, kind: type[MatchloopError], verb: str) -> Iterator[None]:
    """Turn an error of a database or its driver into one line without the password."""
    module = module_of(place)
    failures = (module.Error,) if place.is_duckdb else (module.exc.SQLAlchemyError,)
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"{place.shown} needs the package {error.name}; install it with pip"
        ) from None
    except failures as error:
        reason = str(getattr(error, "orig", None) or error)
        line = without_passwords(" ".join(reason.split()))[:300]
        raise kind(f"cannot {verb} {place.shown}: {line}") from None
