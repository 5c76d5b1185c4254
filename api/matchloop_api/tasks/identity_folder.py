"""The identity folder of a find-matches job: match ids that outlive a transform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from matchloop import Identity, Matcher, Records
from matchloop.entities.identity import IdentityRun, Mode, keys_to_delete
from matchloop.entities.identity.store import ROOMS
from matchloop.errors import counted
from matchloop_api.datasets.parts import parts_at
from matchloop_api.places import Places, join
from matchloop_api.tasks.existing import read_part
from matchloop_api.tasks.work import Work

__all__ = ["identity_at", "match_into_folder"]


def identity_at(uri: str, places: Places) -> Identity:
    """Open an identity folder; it need not exist yet.

    Raises
    ------
    InvalidInputException
        The folder, or a folder in it, is outside the server's places.
    """
    for room in ROOMS:  # a link in the folder must not lead out of the server's files
        places.path(join(uri, f"{room}/part"))
    return Identity(places.path(uri))


def match_into_folder(
    work: Work,
    identity: Identity,
    records: Records,
    matcher: Matcher,
    arguments: Mapping[str, str],
    places: Places,
) -> IdentityRun:
    """Match the rows of a table with those of an identity folder; leave the folder unchanged.

    Raises
    ------
    MatchloopError
        The rows do not fit those of the folder, or the deleted keys cannot be read.
    """
    deleted: list[str] = []
    if path := arguments.get("--DeletedPath"):
        deleted = _deleted_keys(path, records.key, places, work.log)
    mode = cast(Mode, arguments.get("--IdentityMode", "hold"))
    run = identity.match(records, matcher, deleted=deleted, mode=mode, on_stage=work.on_stage)
    if run.unknown_deletions:
        work.log(f"{counted(run.unknown_deletions, 'key')} to delete not in the identity folder")
    work.log(f"{counted(run.changes.num_rows, 'event')} for the identity folder")
    return run


def _deleted_keys(uri: str, key: str, places: Places, log: Callable[[str], None]) -> list[str]:
    keys: list[str] = []
    for part in parts_at(uri, places):
        keys += keys_to_delete(read_part(part, places, key), key, name=part.uri)
    log(f"read {counted(len(keys), 'key')} of records to delete")
    return keys
