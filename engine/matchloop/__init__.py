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
    from matchloop.active_learning.loop import LabelingLoop
    from matchloop.active_learning.questions import LabelingSet
    from matchloop.data.io import check_writable, read_labels, read_records, write_table
    from matchloop.data.labels import Labels
    from matchloop.data.matches import Matches
    from matchloop.data.records import Kind, Records
    from matchloop.entities.golden import golden_rows
    from matchloop.entities.identity import Identity, keep_ids
    from matchloop.entities.linkage import link
    from matchloop.errors import MatchloopError
    from matchloop.matching.matcher import Matcher
    from matchloop.quality.estimating import estimate_quality, quality_by_threshold

__all__ = [
    "Identity",
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
    "keep_ids",
    "link",
    "golden_rows",
    "quality_by_threshold",
    "read_labels",
    "read_records",
    "write_table",
]

_HOMES = {
    "Identity": "matchloop.entities.identity",
    "Kind": "matchloop.data.records",
    "LabelingLoop": "matchloop.active_learning.loop",
    "LabelingSet": "matchloop.active_learning.questions",
    "Labels": "matchloop.data.labels",
    "Matcher": "matchloop.matching.matcher",
    "Matches": "matchloop.data.matches",
    "MatchloopError": "matchloop.errors",
    "Records": "matchloop.data.records",
    "check_writable": "matchloop.data.io",
    "estimate_quality": "matchloop.quality.estimating",
    "keep_ids": "matchloop.entities.identity",
    "link": "matchloop.entities.linkage",
    "golden_rows": "matchloop.entities.golden",
    "quality_by_threshold": "matchloop.quality.estimating",
    "read_labels": "matchloop.data.io",
    "read_records": "matchloop.data.io",
    "write_table": "matchloop.data.io",
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
