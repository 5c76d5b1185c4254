"""A data folder, and tables of the catalog that say where their rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from matchloop_api.places import Places
from matchloop_api.settings import Settings
from matchloop_api.store import Resource

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MakeTable = Callable[..., Resource]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def places(folder: Path) -> Places:
    return Places(Settings(data_dir=folder), environ={})


@pytest.fixture
def database() -> Resource:
    return Resource(kind="database", name="db", body={}, created_at=NOW, modified_at=NOW)


@pytest.fixture
def make_table() -> MakeTable:
    def make(
        location: str,
        columns: str,
        *,
        keys: str = "",
        parameters: Mapping[str, str] | None = None,
        serde: Mapping[str, str] | None = None,
        library: str = "",
    ) -> Resource:
        body = {
            "Parameters": {"classification": "csv"} if parameters is None else dict(parameters),
            "PartitionKeys": _columns(keys),
            "StorageDescriptor": {
                "Columns": _columns(columns),
                "Location": location,
                "SerdeInfo": {"SerializationLibrary": library, "Parameters": dict(serde or {})},
            },
        }
        return Resource(
            kind="table", scope="db", name="t", body=body, created_at=NOW, modified_at=NOW
        )

    return make


def _columns(text: str) -> list[dict[str, str]]:
    """Read ``id string, year bigint`` as the catalog's columns."""
    pairs = (one.split(" ", 1) for one in text.split(", ") if one)
    return [{"Name": name, "Type": kind} for name, kind in pairs]
