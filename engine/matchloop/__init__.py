"""matchloop: match records with few labels, and ask for the labels that teach most.

Examples
--------
>>> import matchloop as ml
>>> records = ml.read_records("data/people.csv", key="id")
>>> matches = ml.Matcher().fit(records).find_matches(records)
>>> matches.table().column_names[-2:]
['match_id', 'match_confidence_score']
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from matchloop.compiling import find_cache

if TYPE_CHECKING:
    from matchloop.errors import MatchloopError
    from matchloop.estimating import estimate_quality, quality_by_threshold
    from matchloop.io import check_writable, read_labels, read_records, write_table
    from matchloop.labels import Labels
    from matchloop.loop import LabelingLoop
    from matchloop.matcher import Matcher
    from matchloop.matches import Matches
    from matchloop.questions import LabelingSet
    from matchloop.records import Kind, Records

__all__ = [
    "Kind",
    "LabelingLoop",
    "LabelingSet",
    "Labels",
    "Matcher",
    "Matches",
    "MatchloopError",
    "Records",
    "check_writable",
    "estimate_quality",
    "quality_by_threshold",
    "read_labels",
    "read_records",
    "write_table",
]

_HOMES = {
    "Kind": "matchloop.records",
    "LabelingLoop": "matchloop.loop",
    "LabelingSet": "matchloop.questions",
    "Labels": "matchloop.labels",
    "Matcher": "matchloop.matcher",
    "Matches": "matchloop.matches",
    "MatchloopError": "matchloop.errors",
    "Records": "matchloop.records",
    "check_writable": "matchloop.io",
    "estimate_quality": "matchloop.estimating",
    "quality_by_threshold": "matchloop.estimating",
    "read_labels": "matchloop.io",
    "read_records": "matchloop.io",
    "write_table": "matchloop.io",
}

find_cache()  # before the first kernel: numba looks for its cache when a kernel is defined

try:
    __version__ = version("matchloop")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0"


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'matchloop' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
