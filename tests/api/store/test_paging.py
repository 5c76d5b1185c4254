"""Paging in the store: the same rows in the same order as all rows cut in Python, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop_api.identifiers import new_run_id
from matchloop_api.store import (
    Resource,
    RunStatus,
    RunType,
    Store,
    TaskRun,
    Transform,
    TransformQuery,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = [NOW + timedelta(hours=hour) for hour in range(5)]
NAMES = ["a", "B", "ä", "\U0001f600", "%", "_", "x'", "zz", "Ä", "b"]
VERSIONS = [None, "0.9", "2.0"]
COLUMNS = [{"Name": "id", "DataType": "int"}, {"Name": "größe", "DataType": "string"}]
TAGS: list[dict[str, str]] = [{}, {"team": "a"}, {"team": "b", "\0": ""}, {"team": "a", "é": "x"}]
SORTS = ["name", "status", "created_at", "modified_at"]


def population() -> list[Transform]:
    return [
        Transform(
            id=f"tfm-{7 * i % 20}",
            name=f"{NAMES[i % 10]}{i // 10}",
            status=("NOT_READY", "READY", "DELETING")[i % 3],
            created_at=TIMES[i % 4],
            modified_at=TIMES[i % 5],
            definition={} if VERSIONS[i % 3] is None else {"GlueVersion": VERSIONS[i % 3]},
            schema=tuple(COLUMNS[: i % 3]),
            label_count=i,
        )
        for i in range(20)
    ]


@pytest.fixture
def filled(store: Store) -> Store:
    with store.writing() as tx:
        for i, one in enumerate(population()):
            tx.transforms.add(one)
            tx.tags.put(f"mlTransform/{one.id}", TAGS[i % 4])
            tx.tags.put(f"job/{one.id}", TAGS[(i + 1) % 4])
    return store


QUERIES = st.builds(
    TransformQuery,
    name=st.none() | st.sampled_from([f"{name}1" for name in NAMES]),
    status=st.none() | st.sampled_from(["READY", "NOT_READY", "GONE"]),
    created_before=st.none() | st.sampled_from(TIMES),
    created_after=st.none() | st.sampled_from(TIMES),
    modified_before=st.none() | st.sampled_from(TIMES),
    modified_after=st.none() | st.sampled_from(TIMES),
    glue_versions=st.sampled_from([(), (None,), ("2.0",), (None, "0.9")]),
    columns=st.lists(
        st.sampled_from([{}, {"Name": "id"}, {"DataType": "string"}, *COLUMNS, {"Name": "no"}]),
        max_size=2,
    ).map(tuple),
    tags=st.sampled_from([*TAGS, {"team": "c"}, {"teama": ""}]),
    sort=st.none() | st.sampled_from(SORTS),
    descending=st.booleans(),
    offset=st.integers(0, 21),
    limit=st.integers(1, 21),
)


def expected(query: TransformQuery) -> list[str]:
    """Say what a query finds, by looking at every transform."""
    found = sorted(enumerate(population()), key=lambda pair: pair[1].id)
    found.sort(key=lambda pair: pair[1].created_at, reverse=True)
    if query.sort is not None:
        sort = query.sort
        found.sort(key=lambda pair: getattr(pair[1], sort), reverse=query.descending)
    kept = [one.id for i, one in found if passes(one, TAGS[i % 4], query)]
    return kept[query.offset : query.offset + query.limit]


def passes(one: Transform, tags: Mapping[str, str], query: TransformQuery) -> bool:
    after = [(one.created_at, query.created_after), (one.modified_at, query.modified_after)]
    before = [(one.created_at, query.created_before), (one.modified_at, query.modified_before)]
    return (
        query.name in (None, one.name)
        and query.status in (None, one.status)
        and all(bound is None or at > bound for at, bound in after)
        and all(bound is None or at < bound for at, bound in before)
        and (not query.glue_versions or one.definition.get("GlueVersion") in query.glue_versions)
        and all(
            any(column.items() <= there.items() for there in one.schema) for column in query.columns
        )
        and query.tags.items() <= tags.items()
    )


@given(query=QUERIES)
@settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
def test_a_query_finds_what_a_look_at_every_transform_finds(
    filled: Store, query: TransformQuery
) -> None:
    with filled.reading() as tx:
        assert list(tx.transforms.find_ids(query)) == expected(query)
        assert [one.id for one in tx.transforms.find(query)] == expected(query)


def test_an_unknown_order_is_refused(store: Store) -> None:
    with store.reading() as tx, pytest.raises(ValueError, match="cannot be sorted by 'id'"):
        tx.transforms.find(TransformQuery(sort="id"))


def test_a_changed_transform_is_found_by_what_it_is_now(filled: Store) -> None:
    one = population()[0]
    new = replace(one, definition={"GlueVersion": "9"}, schema=({"Name": "new"},))
    with filled.writing() as tx:
        tx.transforms.replace(new)
        tx.tags.put(f"mlTransform/{one.id}", {"fresh": "tag"})

    with filled.reading() as tx:
        for query in (
            TransformQuery(glue_versions=("9",)),
            TransformQuery(columns=({"Name": "new"},)),
            TransformQuery(tags={"fresh": "tag"}),
        ):
            assert tx.transforms.find_ids(query) == [one.id]
        old = TransformQuery(glue_versions=(None,), limit=99)
        assert one.id not in tx.transforms.find_ids(old)


def test_a_removed_transform_is_found_by_nothing(filled: Store) -> None:
    with filled.writing() as tx:
        for one in population():
            tx.transforms.remove(one.id)
            tx.tags.put(f"mlTransform/{one.id}", {})

    with filled.reading() as tx:
        assert tx.transforms.find_ids(TransformQuery(columns=({},))) == []
        assert tx.transforms.find_ids(TransformQuery(tags={"team": "a"})) == []
        assert tx.transforms.label_count() == 0


def test_names_and_labels_are_read_without_the_transforms(filled: Store) -> None:
    one, other = population()[:2]
    with filled.reading() as tx:
        assert tx.transforms.names([one.id, other.id, "tfm-none"]) == {
            one.id: one.name,
            other.id: other.name,
        }
        assert tx.transforms.label_count() == sum(range(20))


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("tags", [None, {"team": "a"}, {"team": "a", "é": "x"}])
def test_parts_of_resources_are_parts_of_all(
    filled: Store, newest_first: bool, tags: Mapping[str, str] | None
) -> None:
    with filled.writing() as tx:
        for i, one in enumerate(population()):
            for kind, scope in (("job", ""), ("table", "d"), ("table", "other")):
                tx.resources.add(
                    Resource(
                        kind=kind,
                        scope=scope,
                        name=one.id,
                        body={},
                        created_at=TIMES[i % 3],
                        modified_at=NOW,
                    )
                )

    with filled.reading() as tx:
        every = list(tx.resources.all("job"))
        if newest_first:
            every.sort(key=lambda one: (one.created_at, one.name), reverse=True)
        wanted = (tags or {}).items()
        every = [one for one in every if wanted <= tx.tags.get(f"job/{one.name}").items()]
        read = [
            one
            for offset in range(0, 21, 3)
            for one in tx.resources.find(
                "job", tags=tags, newest_first=newest_first, offset=offset, limit=3
            )
        ]
        assert every
        assert read == every
        assert tx.resources.names("table", scope="d") == sorted(one.id for one in population())
        some = tx.resources.some("table", ["tfm-9", "tfm-1", "no"], scope="other")
        assert [(one.scope, one.name) for one in some] == [("other", "tfm-1"), ("other", "tfm-9")]


def test_the_latest_runs_are_those_of_all_transforms_and_crawlers(filled: Store) -> None:
    runs = [
        TaskRun(
            id=new_run_id(),
            type=RunType.EVALUATION if i % 2 else RunType.CRAWL,
            status=RunStatus.STARTING if i % 3 else RunStatus.FAILED,
            transform_id=f"tfm-{i}" if i % 2 else None,
            arguments={},
            log_group="g",
            started_at=TIMES[i % 4],
            modified_at=NOW,
            timeout_s=1,
        )
        for i in range(12)
    ]
    with filled.writing() as tx:
        for run in runs:
            tx.runs.add(run)
    newest = sorted(runs, key=lambda run: (run.started_at, run.id), reverse=True)

    with filled.reading() as tx:
        assert list(tx.runs.latest(5)) == newest[:5]
        moving = [run for run in newest if run.status is RunStatus.STARTING]
        assert list(tx.runs.latest(6, active=True)) == moving[:6]
