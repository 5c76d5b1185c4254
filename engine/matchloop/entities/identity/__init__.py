"""Stable ids: groups keep their ids from run to run, and every change is an event."""

from matchloop.entities.identity.batch import Batch
from matchloop.entities.identity.deletions import keys_to_delete
from matchloop.entities.identity.events import CHANGES, EVENTS, Event, replay
from matchloop.entities.identity.folder import Identity, Mode
from matchloop.entities.identity.rerun import KeptIds, keep_ids
from matchloop.entities.identity.run import IdentityRun
from matchloop.entities.identity.state import Resolution, State, Status

__all__ = [
    "CHANGES",
    "EVENTS",
    "Batch",
    "Event",
    "Identity",
    "IdentityRun",
    "KeptIds",
    "Mode",
    "Resolution",
    "State",
    "Status",
    "keep_ids",
    "keys_to_delete",
    "replay",
]
