"""The arguments of the find-matches job and their values.

Arguments with other names belong to Glue or to the user, and are ignored. A name that resembles an
argument here is refused, because a misspelt argument would have no effect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from matchloop.errors import RulesError
from matchloop_api.errors import InvalidInputException
from matchloop_api.places import Places, join, whole
from matchloop_api.settings import Settings

__all__ = ["ARGUMENTS", "FORMATS", "check_arguments", "check_places"]

ARGUMENTS = (
    "--TransformId",
    "--OutputPath",
    "--DatabaseName",
    "--TableName",
    "--OutputFormat",
    "--ComputeMatchConfidenceScores",
    "--RemoveDuplicates",
    "--ExistingPath",
    "--IdentityPath",
    "--DeletedPath",
    "--IdentityMode",
    "--GoldenPath",
    "--GoldenRulesPath",
)
"""What the find-matches job reads."""

REQUIRED = ("--TransformId", "--OutputPath")

FORMATS = ("csv", "json", "parquet")

MODES = ("hold", "settle", "full")

FLAGS = ("--ComputeMatchConfidenceScores", "--RemoveDuplicates")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN = {name.lower().replace("-", ""): name for name in ARGUMENTS}


def check_arguments(arguments: Mapping[str, str]) -> dict[str, str]:
    """Check the arguments and return those that the job reads, in the form that it reads.

    Parameters
    ----------
    arguments
        The arguments of a run, merged with the defaults of its job.

    Raises
    ------
    InvalidInputException
        An argument is missing or misspelt, or its value is not allowed.
    """
    for name in arguments:
        _refuse_misspelt(name)
    read = {name: arguments[name] for name in ARGUMENTS if arguments.get(name, "") != ""}
    for name, value in read.items():
        if _CONTROL.search(value):
            raise InvalidInputException(f"{name} holds a control character: {value!r}.")
    if missing := [name for name in REQUIRED if name not in read]:
        raise InvalidInputException(
            f"The find-matches job needs the argument{'s' if len(missing) > 1 else ''} "
            f"{' and '.join(missing)}."
        )
    if "--DatabaseName" in read and "--TableName" not in read:
        raise InvalidInputException(
            "--DatabaseName is given without --TableName; "
            "give both, or neither for the transform's own table."
        )
    if "--GoldenRulesPath" in read and "--GoldenPath" not in read:
        raise InvalidInputException(
            "--GoldenRulesPath is given without --GoldenPath; give the folder for the golden rows."
        )
    if "--GoldenPath" in read and _folder(read["--GoldenPath"]) == _folder(read["--OutputPath"]):
        raise InvalidInputException(
            "--GoldenPath and --OutputPath are the same folder; give the golden rows their own."
        )
    for name in FLAGS:
        if name in read:
            read[name] = _one_of(name, read[name], ("true", "false"))
    if "--OutputFormat" in read:
        read["--OutputFormat"] = _one_of("--OutputFormat", read["--OutputFormat"], FORMATS)
    for name in ("--DeletedPath", "--IdentityMode"):
        if name in read and "--IdentityPath" not in read:
            raise InvalidInputException(f"{name} is given without --IdentityPath; give both.")
    if "--IdentityPath" in read and "--ExistingPath" in read:
        raise InvalidInputException(
            "--IdentityPath and --ExistingPath are both given; the folder holds the earlier rows."
        )
    if "--IdentityMode" in read:
        read["--IdentityMode"] = _one_of("--IdentityMode", read["--IdentityMode"], MODES)
    return read


def check_places(read: Mapping[str, str], settings: Settings) -> None:
    """Check that the job may write its output and read the output that it continues.

    Raises
    ------
    InvalidInputException
        A place is not allowed, there is no output to continue, or the golden-row rules are wrong.
    """
    places = Places(settings)
    places.check_writable(join(read["--OutputPath"], "run-0"))
    if "--ExistingPath" in read:
        places.check_readable(read["--ExistingPath"])
    if "--DeletedPath" in read:
        places.check_readable(read["--DeletedPath"])
    if "--IdentityPath" in read:
        places.check_writable(join(read["--IdentityPath"], "head.json"))
    if "--GoldenPath" in read:
        places.check_writable(join(read["--GoldenPath"], "rows/run-0"))
    if "--GoldenRulesPath" in read:
        _check_rules(read["--GoldenRulesPath"], places)


def _folder(uri: str) -> str:
    return whole(uri).rstrip("/")


def _check_rules(uri: str, places: Places) -> None:
    from matchloop.entities.golden import (
        parse_golden_rules,  # late: it loads the engine's kernels
    )

    with places.open_input(uri) as file:
        try:
            parse_golden_rules(file.read(), uri)
        except RulesError as error:
            raise InvalidInputException(str(error)) from error


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value.strip().lower() not in allowed:
        raise InvalidInputException(f"{name} is '{value}'; expected {' or '.join(allowed)}.")
    return value.strip().lower()


def _refuse_misspelt(name: str) -> None:
    if name in ARGUMENTS or not name.startswith("--"):
        return
    plain = name.lower().replace("-", "").replace("_", "")
    near = get_close_matches(plain, _PLAIN, n=1, cutoff=0.85)
    if near:
        raise InvalidInputException(f"There is no argument {name}; did you mean {_PLAIN[near[0]]}?")
