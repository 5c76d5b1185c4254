"""Every error matchloop raises on purpose.

::

    MatchloopError                  exit code 1
    ├── InputError                  an input cannot be used
    │   ├── TableError              a table: missing, empty, wrong keys
    │   ├── LabelFileError          a labelling file: columns, keys, encoding
    │   ├── RulesError              rules of golden rows: unknown names, wrong arguments
    │   └── BundleError             a saved model: foreign, damaged, newer
    ├── OutputError                 a result could not be written; nothing is left half-written
    ├── MissingExtra                an optional package is not installed
    ├── Interrupted                 exit code 130: Ctrl-C, after some of the work was stored
    └── UsageError                  exit code 2: the call itself is wrong
        └── UnknownName             no such strategy, comparator, ... by that name

A message is one line: what was given, what was expected, what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = [
    "BundleError",
    "InputError",
    "Interrupted",
    "LabelFileError",
    "MatchloopError",
    "MissingExtra",
    "OutputError",
    "RulesError",
    "TableError",
    "UnknownName",
    "UsageError",
    "raised",
    "some",
    "without_passwords",
]


class MatchloopError(Exception):
    """Base of every error raised on purpose."""

    exit_code = 1


class InputError(MatchloopError):
    """What was given cannot be used."""


class TableError(InputError):
    """A table is missing, empty, or has no usable key."""


class LabelFileError(InputError):
    """A labelling file has missing columns, unknown keys, or cannot be read."""


class RulesError(InputError):
    """Rules of golden rows name what does not exist, or cannot be read."""


class BundleError(InputError):
    """A saved model is foreign, damaged, or written by a newer version."""


class OutputError(MatchloopError):
    """A result could not be written; nothing is left half-written."""


class MissingExtra(MatchloopError):
    """An optional package is not installed."""


class Interrupted(MatchloopError):
    """Ctrl-C after some of the work was stored; the message says which part."""

    exit_code = 130


class UsageError(MatchloopError):
    """The call itself is wrong."""

    exit_code = 2


class UnknownName(UsageError):
    """No strategy, comparator or other named thing of that name."""


def raised(error: BaseException) -> BaseException:
    """Return the cause of a SystemError from compiled code; any other error as it is.

    If a signal handler raises while compiled code returns, Python wraps it in a SystemError.
    """
    while isinstance(error, SystemError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def counted(number: int, singular: str, plural: str = "") -> str:
    """Name a number of things for a message, in the singular or the plural.

    Parameters
    ----------
    number
        How many there are.
    singular
        What follows the number 1; it may be a whole clause.
    plural
        What follows any other number; ``singular`` with an s when left out.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row"), counted(0, "box is", "boxes are")
    ('1 row', '1,200 rows', '0 boxes are')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def some(values: Iterable[object], limit: int = 5) -> str:
    """List the first few values for a message.

    Parameters
    ----------
    values
        What to name.
    limit
        How many to name at most.

    Returns
    -------
    str
        The values, quoted, with ``, ...`` where some were left out.

    Examples
    --------
    >>> some(["a", "b", "c"], limit=2)
    "'a', 'b', ..."
    """
    listed = list(values)
    text = ", ".join(repr(value) for value in listed[:limit])
    return f"{text}, ..." if len(listed) > limit else text


def without_passwords(text: str) -> str:
    """Return a message in which the passwords of URLs are hidden.

    Examples
    --------
    >>> without_passwords("cannot read postgresql://ann:secret@host/shop")
    'cannot read postgresql://ann:***@host/shop'
    """
    return re.sub(r"(\w://[^\s:/@\"]*):[^\s@/\"]*@", r"\1:***@", text)
