"""The options that choose a store, and the opening of that store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matchloop.cli.option_groups import OptionGroup
from matchloop.errors import MissingExtra

if TYPE_CHECKING:
    from matchloop_api.settings import Settings
    from matchloop_api.store import Store

__all__ = ["ChosenStore", "StoreOptions", "server_packages"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """The options that choose a store, as typed."""

    data_dir: DataDir = None
    database_url: DatabaseUrl = None
    settings: SettingsFile = None

    def read(self, **others: Any) -> Settings:
        """Return the server's settings: those typed, of the environment, or of the settings file.

        Parameters
        ----------
        **others
            Settings that other options of the command were typed for; None where not typed.

        Raises
        ------
        UsageError
            A setting is wrong.
        MissingExtra
            The server's packages are not installed.
        """
        with server_packages():
            from matchloop_api.settings import read_settings
        options = {"data_dir": self.data_dir, "database_url": self.database_url, **others}
        return read_settings(options, file=self.settings)

    @contextmanager
    def opened(self, *, make: bool = False) -> Iterator[Store]:
        """Open the store, and close it afterwards.

        Parameters
        ----------
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
            from matchloop_api.store import open_store
        store = open_store(self.read().store_url, make=make)
        try:
            yield store
        finally:
            store.close()


ChosenStore = Annotated[StoreOptions, OptionGroup()]
