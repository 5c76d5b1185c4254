from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.store import RunStatus, RunType

if TYPE_CHECKING:
    from api.tasks.kinds.conftest import Shop, Town

pytestmark = pytest.mark.slow


def written(shop: Shop, transform: str, engine: str, folder: str, **arguments: str) -> bytes:
    """Run a job on an engine; return what it wrote. The transform stays as it was."""
    before = shop.transform(transform)
    shop.settings = replace(shop.settings, engine=engine, spark_master="local[2]")
    given = {"--TransformId": transform, "--OutputPath": shop.uri(folder)}
    given |= {"--ComputeMatchConfidenceScores": "true"}
    given |= {f"--{name}": value for name, value in arguments.items()}
    run = shop.run(RunType.FIND_MATCHES, transform, JobName="job", Arguments=given)
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, None)
    assert ("compares candidate pairs" in shop.log(run)) == (engine == "spark")
    with shop.store.writing() as tx:
        tx.transforms.replace(before)  # the next run numbers new groups from where this one began
    (path,) = shop.written(f"{folder}/*")
    return path.read_bytes()


def test_every_form_of_the_job_writes_the_bytes_of_the_local_engine(
    shop: Shop, taught: str, known_town: Town, spark_session: Any
) -> None:
    types = {"id": "int", "born": "int"}
    shop.add_table("half", known_town.rows[:50], types)
    shop.add_table("rest", known_town.rows[50:], types)
    forms: dict[str, dict[str, str]] = {
        "own": {},
        "half": {"TableName": "half"},
        "batch": {"TableName": "rest", "ExistingPath": shop.uri("half-local")},
        "folder": {"IdentityPath": "of the engine"},
    }

    for name, arguments in forms.items():
        both = []
        for engine in ("local", "spark"):
            folder = {n: shop.uri(f"ids-{engine}") for n in arguments if n == "IdentityPath"}
            both.append(written(shop, taught, engine, f"{name}-{engine}", **arguments | folder))
        assert both[0] == both[1], name
