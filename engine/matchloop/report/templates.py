"""Fill the template of a self-contained HTML page."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import Any

from matchloop.data.io import atomic_write
from matchloop.errors import MissingExtra

__all__ = ["fill_template", "write_filled"]


def fill_template(package: str, name: str, /, *, extra: str = "plots", **values: Any) -> str:
    """Fill a template and return self-contained HTML.

    Parameters
    ----------
    package
        The package that holds the template, such as ``matchloop.report``.
    name
        File name of the template.
    extra
        The extra that the error names where jinja2 is missing.
    **values
        Variables of the template; ``style``, the style sheet of all pages, is added. Every value
        is escaped. A missing variable is an error.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    """
    try:
        import jinja2
    except ImportError:
        raise MissingExtra(
            f"a report needs matplotlib and jinja2; run: pip install 'matchloop[{extra}]'"
        ) from None
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_part),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    style = _part("page.css")
    template = (files(package) / name).read_text(encoding="utf-8")
    return environment.from_string(template).render(style=style, **values)


def _part(name: str) -> str:
    """Return a template that several pages import."""
    return (files("matchloop.report") / name).read_text(encoding="utf-8")


def write_filled(page: str, path: str | os.PathLike[str]) -> None:
    """Write a page atomically.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with atomic_write(path) as file:
        file.write(page.encode())
