from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop_api.store import Transform

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

    from api.operations.conftest import Shop

START = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = [START + timedelta(hours=hour) for hour in range(8)]
VERSIONS = ["0.9", "1.0", "2.0"]
SCHEMAS: list[tuple[dict[str, str], ...]] = [
    ({"Name": "id", "DataType": "int"}, {"Name": "name", "DataType": "string"}),
    ({"Name": "id", "DataType": "string"},),
]
TAGS = [{}, {"team": "a"}, {"team": "b"}, {"team": "a", "env": "x"}]


def population() -> list[Transform]:
    """Many transforms that agree in something, some in all that can be sorted by."""
    return [
        Transform(
            id=f"tfm-{7 * i % 23:040x}",
            name=f"transform {i % 23}",
            status=("NOT_READY", "READY", "DELETING")[i % 3],
            created_at=TIMES[i % 8],
            modified_at=TIMES[max(i % 8, i % 5)],
            definition={
                "Parameters": {"TransformType": "FIND_MATCHES"},
                **({} if i % 4 == 0 else {"GlueVersion": VERSIONS[i % 3]}),
            },
            schema=SCHEMAS[i % 2],
        )
        for i in range(23)
    ]


@pytest.fixture
def crowd(shop: Shop) -> GlueClient:
    """Return a client of a server with many transforms."""
    with shop.server.store.writing() as tx:
        for i, transform in enumerate(population()):
            tx.transforms.add(transform)
            tx.tags.put(f"mlTransform/{transform.id}", TAGS[i % 4])
    return shop.glue


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "Name": st.sampled_from(["transform 3", "transform 99"]),
        "TransformType": st.just("FIND_MATCHES"),
        "Status": st.sampled_from(["NOT_READY", "READY", "DELETING"]),
        "GlueVersion": st.sampled_from(VERSIONS),
        "CreatedBefore": st.sampled_from(TIMES),
        "CreatedAfter": st.sampled_from(TIMES),
        "LastModifiedBefore": st.sampled_from(TIMES),
        "LastModifiedAfter": st.sampled_from(TIMES),
        "Schema": st.sampled_from(
            [
                [],
                [{"Name": "id"}],
                [{"DataType": "string"}],
                [{"Name": "id", "DataType": "int"}, {"Name": "name", "DataType": "string"}],
            ]
        ),
    },
)
SORTS = st.fixed_dictionaries(
    {
        "Column": st.sampled_from(["NAME", "TRANSFORM_TYPE", "STATUS", "CREATED", "LAST_MODIFIED"]),
        "SortDirection": st.sampled_from(["ASCENDING", "DESCENDING"]),
    }
)
REQUESTS = st.fixed_dictionaries({}, optional={"Filter": FILTERS, "Sort": SORTS})


def all_pages(call: Any, member: str, size: int, **request: Any) -> list[Any]:
    """Follow NextToken to the end."""
    answer = call(MaxResults=size, **request)
    found = list(answer[member])
    while token := answer.get("NextToken"):
        assert len(answer[member]) == size
        answer = call(MaxResults=size, NextToken=token, **request)
        assert answer[member]
        found += answer[member]
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=REQUESTS, size=st.integers(1, 30))
def test_pages_make_up_the_whole(crowd: GlueClient, request: Any, size: int) -> None:
    whole = crowd.get_ml_transforms(**request)["Transforms"]
    ids = [one["TransformId"] for one in whole]

    assert all_pages(crowd.get_ml_transforms, "Transforms", size, **request) == whole
    assert all_pages(crowd.list_ml_transforms, "TransformIds", size, **request) == ids


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(criteria=FILTERS, tags=st.sampled_from([{}, {"team": "a"}, {"team": "a", "env": "x"}]))
def test_a_filter_lets_through_what_keeps_all_of_it(
    crowd: GlueClient, criteria: Any, tags: dict[str, str]
) -> None:
    found = crowd.list_ml_transforms(Filter=criteria, Tags=tags)["TransformIds"]

    def passes(i: int, one: Transform) -> bool:
        return (
            criteria.get("Name", one.name) == one.name
            and criteria.get("Status", one.status) == one.status
            and criteria.get("GlueVersion", one.definition.get("GlueVersion", "0.9"))
            == one.definition.get("GlueVersion", "0.9")
            and criteria.get("CreatedAfter", START - timedelta(1)) < one.created_at
            and one.created_at < criteria.get("CreatedBefore", START + timedelta(1))
            and criteria.get("LastModifiedAfter", START - timedelta(1)) < one.modified_at
            and one.modified_at < criteria.get("LastModifiedBefore", START + timedelta(1))
            and all(
                any(
                    wanted.get("Name", has["Name"]) == has["Name"]
                    and wanted.get("DataType", has["DataType"]) == has["DataType"]
                    for has in one.schema
                )
                for wanted in criteria.get("Schema", ())
            )
            and all(TAGS[i % 4].get(key) == value for key, value in tags.items())
        )

    assert set(found) == {one.id for i, one in enumerate(population()) if passes(i, one)}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=SORTS)
def test_what_is_equal_stays_newest_first(crowd: GlueClient, sort: Any) -> None:
    by = {
        "NAME": "Name",
        "TRANSFORM_TYPE": "TransformType",
        "STATUS": "Status",
        "CREATED": "CreatedOn",
        "LAST_MODIFIED": "LastModifiedOn",
    }[sort["Column"]]
    rows: Any = crowd.get_ml_transforms(Sort=sort)["Transforms"]
    values = [one.get(by) for one in rows]
    up = sort["SortDirection"] == "ASCENDING"

    if by != "TransformType":
        assert values == sorted(values, reverse=not up)
    newest_first = [one["TransformId"] for one in crowd.get_ml_transforms()["Transforms"]]
    for first, second in zip(rows, rows[1:], strict=False):
        if first.get(by) == second.get(by):
            assert newest_first.index(first["TransformId"]) < newest_first.index(
                second["TransformId"]
            )


def test_the_newest_stand_first_without_a_sort(shop: Shop) -> None:
    made = [shop.transform(f"transform {i}") for i in range(5)]

    assert shop.glue.list_ml_transforms()["TransformIds"] == made[::-1]


@pytest.mark.parametrize("server_settings", [{"max_transforms": 150}])
def test_a_page_has_a_hundred_unless_asked(shop: Shop) -> None:
    row = population()[0]
    with shop.server.store.writing() as tx:
        for i in range(101):
            tx.transforms.add(replace(row, id=f"tfm-{i:040x}", name=f"t{i}"))
    first = shop.glue.list_ml_transforms()
    last = shop.glue.list_ml_transforms(NextToken=first["NextToken"])

    assert (len(first["TransformIds"]), len(last["TransformIds"])) == (100, 1)
    assert "NextToken" not in last
    assert len(shop.glue.list_ml_transforms(MaxResults=1000)["TransformIds"]) == 101


def test_a_token_is_good_for_its_request_only(crowd: GlueClient) -> None:
    token = crowd.list_ml_transforms(MaxResults=3)["NextToken"]

    for other in (
        {"NextToken": token, "Filter": {"Status": "READY"}},
        {"NextToken": token, "Sort": {"Column": "NAME", "SortDirection": "ASCENDING"}},
        {"NextToken": token[:-2]},
        {"NextToken": "AAAA" + token},
        {"NextToken": "no token, ü"},
    ):
        call: Any = crowd.list_ml_transforms
        with pytest.raises(crowd.exceptions.InvalidInputException, match="NextToken"):
            call(**other)
    assert crowd.list_ml_transforms(MaxResults=5, NextToken=token)["TransformIds"]


def test_an_empty_account_has_an_empty_page(shop: Shop) -> None:
    assert shop.glue.get_ml_transforms()["Transforms"] == []
    assert "NextToken" not in shop.glue.list_ml_transforms(Filter={}, Tags={})
