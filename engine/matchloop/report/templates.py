"""Fill the template of a page that needs nothing but itself."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import Any

from matchloop.data.io import atomic_write
from matchloop.errors import MissingExtra

__all__ = ["fill_template", "write_filled"]


def fill_template(package: str, name: str, /, *, extra: str = "plots", **values: Any) -> str:
    """Return a page as HTML: its style is inside, and nothing is loaded from elsewhere.

    Parameters
    ----------
    package
        Where the template lies, such as ``matchloop.report``.
    name
        Its file.
    extra
        What to install where jinja2 is missing.
    **values
        What the template speaks of; ``style``, the style sheet of all pages, comes with them.
        Every value is escaped, and one that is missing is an error.

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
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    style = (files("matchloop.report") / "page.css").read_text(encoding="utf-8")
    template = (files(package) / name).read_text(encoding="utf-8")
    return environment.from_string(template).render(style=style, **values)


def write_filled(page: str, path: str | os.PathLike[str]) -> None:
    """Write a page; it appears whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with atomic_write(path) as file:
        file.write(page.encode())
