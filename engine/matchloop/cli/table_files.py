"""The three options on how to read a table, which every command that reads one has."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from matchloop.cli.words import say
from matchloop.errors import TableError

if TYPE_CHECKING:
    import pyarrow as pa

    from matchloop.data.io.layouts import Layout
    from matchloop.data.records import Dialect

__all__ = ["TableFile", "reads_tables", "write_alike"]

Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="Encoding of a text file, where it cannot be recognized: cp1252, mac_roman, ...",
        show_default=False,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter",
        metavar="C",
        help="Character between the fields of a text file, where two are possible; or tab.",
        show_default=False,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        "--sheet",
        metavar="NAME",
        help="Sheet of a workbook, where several hold values.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table that a command was given, with the options on how to read it.

    Parameters
    ----------
    path
        As typed.
    encoding, delimiter, sheet
        The options that were typed.
    """

    path: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    def __str__(self) -> str:
        return self.path

    @property
    def layout(self) -> Layout:
        """The options in the form that readers take.

        Raises
        ------
        UsageError
            There is no such encoding, or the delimiter is not one character.
        """
        from matchloop.data.io.layouts import Layout

        return Layout(self.encoding, self.delimiter, self.sheet)

    def other(self, path: str) -> TableFile:
        """Return another table of the same command, with the options that apply to its format."""
        from matchloop.data.io.formats import format_of

        form = format_of(path, TableError).name
        if form in ("csv", "tsv"):
            return replace(self, path=path, sheet=None)
        return TableFile(path, sheet=self.sheet if form == "xlsx" else None)


def reads_tables(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command ``--encoding``, ``--delimiter`` and ``--sheet``.

    A parameter of the type :class:`TableFile` is typed as text and gets these options. It may be
    optional, or a list.
    """
    hints = get_type_hints(command, include_extras=True)
    tables = [name for name, hint in hints.items() if _is_table(hint)]
    signature = inspect.signature(command)
    parameters = [
        parameter.replace(annotation=_as_text(hints[name]) if name in tables else hints[name])
        for name, parameter in signature.parameters.items()
    ]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
        for name, hint in (("encoding", Encoding), ("delimiter", Delimiter), ("sheet", Sheet))
    ]

    @wraps(command)
    def run(**typed: Any) -> int | None:
        options = [typed.pop(name) for name in ("encoding", "delimiter", "sheet")]
        for name in tables:
            typed[name] = _tables(typed[name], options)
        return command(**typed)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def write_alike(table: pa.Table, output: str, dialect: Dialect) -> None:
    """Write a result in the dialect of its input, and print if its encoding lacks a character."""
    from matchloop.data.io import write_table

    written = write_table(table, output, dialect=dialect)
    if written.encoding != dialect.encoding:
        say(f"{output} is UTF-8: {dialect.encoding} lacks some of its characters")


def _is_table(hint: Any) -> bool:
    return hint is TableFile or any(_is_table(part) for part in getattr(hint, "__args__", ()))


def _as_text(hint: Any) -> Any:
    """Return a type with text in place of every table, and its ``Annotated`` metadata unchanged."""
    if hint is TableFile:
        return str
    if hasattr(hint, "__metadata__"):
        return Annotated[(_as_text(hint.__origin__), *hint.__metadata__)]
    if list in (hint, getattr(hint, "__origin__", None)):
        return list[str]
    return str | None


def _tables(typed: Any, options: list[str | None]) -> Any:
    if isinstance(typed, str):
        return TableFile(typed, *options)
    if isinstance(typed, list | tuple):
        return [TableFile(path, *options) for path in typed]
    return typed
