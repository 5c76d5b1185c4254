"""The options that say which store a command is about, and how it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matchloop.errors import MissingExtra

if TYPE_CHECKING:
    from matchloop_api.store import Store

__all__ = ["DataDir", "DatabaseUrl", "SettingsFile", "open_existing"]

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="The server's data folder.", show_default=False),
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


def open_existing(
    data_dir: Path | None, database_url: str | None, settings: Path | None = None
) -> Store:
    """Open the store that the options, the environment or the settings file name.

    Raises
    ------
    UsageError
        A setting is wrong.
    InputError
        There is no store, or it cannot be opened.
    MissingExtra
        The server's packages are not installed.
    """
    try:
        from matchloop_api.settings import read_settings
        from matchloop_api.store import open_store
    except ImportError as error:
        raise MissingExtra(
            f"the server's packages are missing ({error.name}); "
            "install them with: pip install 'matchloop[server]'"
        ) from None
    given = {"data_dir": data_dir, "database_url": database_url}
    return open_store(read_settings(given, file=settings).store_url, make=False)
