"""Read rules of golden rows from a TOML file."""

from __future__ import annotations

import os
import tomllib

from matchloop.data.files import files_at
from matchloop.entities.golden.rules import GoldenRules
from matchloop.errors import InputError, RulesError

__all__ = ["parse_golden_rules", "read_golden_rules"]


def read_golden_rules(path: str | os.PathLike[str]) -> GoldenRules:
    """Read rules from a TOML file.

    Parameters
    ----------
    path
        The file; docs/golden.md describes it.

    Raises
    ------
    RulesError
        The file cannot be read, is no TOML, or holds a wrong setting, column or rule.
    """
    name = os.fspath(path)
    try:
        with files_at(name).open_input(name) as file:
            content = file.read()
    except (OSError, InputError) as error:
        raise RulesError(f"rules: {error}") from error
    return parse_golden_rules(content, name)


def parse_golden_rules(content: bytes, name: str) -> GoldenRules:
    """Read rules from the bytes of a TOML file.

    Parameters
    ----------
    content
        The bytes, in UTF-8.
    name
        Name of the file for messages.

    Raises
    ------
    RulesError
        The bytes are no TOML, or hold a wrong setting, column or rule.
    """
    try:
        written = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RulesError(f"{name} is not UTF-8, as TOML must be; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise RulesError(f"{name} is no TOML: {error}") from error
    try:
        return GoldenRules.of(written)
    except RulesError as error:
        raise RulesError(f"{name}: {error}") from error
