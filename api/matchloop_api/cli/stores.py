"""The options that choose a store, and the opening of that store."""

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
    """Run imports of the server's packages; raise an error that names the extra if one is missing.

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
    """Open the store of the options, the environment or the settings file; close it afterwards.

    Parameters
    ----------
    data_dir, database_url, settings
        The options of the command.
    make
        Whether to create a store that does not exist.

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
    options = {"data_dir": data_dir, "database_url": database_url}
    store = open_store(read_settings(options, file=settings).store_url, make=make)
    try:
        yield store
    finally:
        store.close()
