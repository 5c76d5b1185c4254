"""The options that say which store a command is about, and how it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matchloop.errors import MissingExtra

if TYPE_CHECKING:
    from matchloop_api.store import Store

__all__ = ["DataDir", "DatabaseUrl", "SettingsFile", "opened_store", "server_packages"]

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="The server's data folder: its store, logs and files.",
        show_default=False,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="The server's database, where it is not in the data folder.",
        show_default=False,
    ),
]
SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="A TOML file of settings.", show_default=False),
]


@contextmanager
def server_packages() -> Iterator[None]:
    """Import what a command needs inside, and say what to install if it is not there.

    Raises
    ------
    MissingExtra
        A package of the server is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise MissingExtra(
            f"the server's packages are missing ({error.name}); "
            "install them with: pip install 'matchloop[server]'"
        ) from None


@contextmanager
def opened_store(
    data_dir: Path | None, database_url: str | None, settings: Path | None, *, make: bool = False
) -> Iterator[Store]:
    """Open the store that the options, the environment or the settings file name; close it after.

    Parameters
    ----------
    data_dir, database_url, settings
        The options, as given.
    make
        Make the store if there is none yet.

    Raises
    ------
    UsageError
        A setting is wrong.
    InputError
        There is no store, or it cannot be opened.
    MissingExtra
        The server's packages are not installed.
    """
    with server_packages():
        from matchloop_api.settings import read_settings
        from matchloop_api.store import open_store
    given = {"data_dir": data_dir, "database_url": database_url}
    store = open_store(read_settings(given, file=settings).store_url, make=make)
    try:
        yield store
    finally:
        store.close()
