from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from matchloop_api.errors import SerializationException, ValidationException
from matchloop_api.wire.model import input_shape
from matchloop_api.wire.validation import validate

TRANSFORM = {
    "Name": "shop",
    "InputRecordTables": [{"DatabaseName": "d", "TableName": "t"}],
    "Parameters": {"TransformType": "FIND_MATCHES"},
    "Role": "role",
}


def check(operation: str, members: Any, **options: Any) -> Any:
    return validate(members, input_shape("glue", operation), **options)


def problem(operation: str, members: Any, **options: Any) -> str:
    with pytest.raises(ValidationException) as caught:
        check(operation, members, **options)
    return str(caught.value)


def test_a_value_past_its_maximum_is_told_in_the_words_of_aws() -> None:
    assert problem("GetMLTransforms", {"MaxResults": 1001}) == (
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000"
    )


def test_all_that_is_wrong_is_told_at_once() -> None:
    given = TRANSFORM | {
        "Name": "n" * 256,
        "Parameters": {
            "TransformType": "NOPE",
            "FindMatchesParameters": {"AccuracyCostTradeoff": 1.5},
        },
        "GlueVersion": "abc",
        "WorkerType": "NOPE",
    }
    told = problem("CreateMLTransform", given)
    assert told.startswith("5 validation errors detected: ")
    assert "at 'name' failed to satisfy constraint: Member must have length less than" in told
    assert (
        "Value 'NOPE' at 'parameters.transformType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [FIND_MATCHES]" in told
    )
    assert "at 'parameters.findMatchesParameters.accuracyCostTradeoff'" in told
    assert "Member must satisfy regular expression pattern: ^" in told
    assert "[Standard, G.1X, G.2X" in told


@pytest.mark.parametrize("given", [{}, {"TransformId": None}])
def test_a_required_member_must_be_there_and_null_is_absent(given: dict[str, Any]) -> None:
    assert problem("GetMLTransform", given) == (
        "1 validation error detected: Value null at 'transformId' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_a_member_of_a_list_is_counted_from_one() -> None:
    tables = [{"DatabaseName": "d", "TableName": "t"}, {"DatabaseName": "d"}]
    assert "'inputRecordTables.2.member.tableName'" in problem(
        "CreateMLTransform", TRANSFORM | {"InputRecordTables": tables}
    )


def test_too_long_lists_and_maps_are_refused() -> None:
    tables = [{"DatabaseName": "d", "TableName": "t"}] * 11
    assert "Member must have length less than or equal to 10" in problem(
        "CreateMLTransform", TRANSFORM | {"InputRecordTables": tables}
    )
    tags = {str(number): "" for number in range(51)}
    assert "Member must have length less than or equal to 50" in problem(
        "CreateMLTransform", TRANSFORM | {"Tags": tags}
    )


def test_keys_and_values_of_maps_have_their_limits() -> None:
    told = problem("CreateMLTransform", TRANSFORM | {"Tags": {"k" * 129: "v" * 257}})
    assert told.startswith("2 validation errors")
    assert "Map keys must satisfy constraint: [Member must have length less than" in told
    assert "Map value must satisfy constraint: [Member must have length less than" in told


@pytest.mark.parametrize(
    ("operation", "given", "told"),
    [
        ("GetMLTransforms", [], "ARRAY_VALUE can not be converted to a structure"),
        ("GetMLTransforms", None, "NULL_VALUE"),
        ("GetMLTransforms", {"MaxResults": "5"}, "STRING_VALUE (5) at 'maxResults'"),
        ("GetMLTransforms", {"MaxResults": True}, "TRUE_VALUE"),
        ("GetMLTransforms", {"MaxResults": 1.5}, "an Integer"),
        ("GetMLTransforms", {"MaxResults": 2**31}, "an Integer"),
        ("GetMLTransforms", {"Filter": {"CreatedBefore": "2020-01-01"}}, "a Timestamp"),
        ("GetMLTransforms", {"Filter": {"CreatedBefore": 1e300}}, "a Timestamp"),
        ("GetMLTransforms", {"Filter": {"Name": {}}}, "OBJECT_VALUE at 'filter.name'"),
        ("CreateMLTransform", TRANSFORM | {"MaxCapacity": False}, "FALSE_VALUE"),
        ("CreateMLTransform", TRANSFORM | {"Tags": []}, "a map"),
        ("CreateMLTransform", TRANSFORM | {"Tags": {"a": 1}}, "'tags.a.member'"),
        ("CreateMLTransform", TRANSFORM | {"InputRecordTables": {}}, "a list"),
    ],
)
def test_another_json_type_is_a_serialization_error(operation: str, given: Any, told: str) -> None:
    with pytest.raises(SerializationException) as caught:
        check(operation, given)
    assert told in str(caught.value)


def test_whole_numbers_do_where_fractions_are_meant_and_the_other_way_round() -> None:
    assert check("CreateMLTransform", TRANSFORM | {"MaxCapacity": 2})["MaxCapacity"] == 2
    assert check("GetMLTransforms", {"MaxResults": 5.0})["MaxResults"] == 5


def test_times_become_datetimes_with_utc() -> None:
    made = check("GetMLTransforms", {"Filter": {"CreatedBefore": 1577836800}})
    assert made["Filter"]["CreatedBefore"] == datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", "2020-01-01"]
)
def test_times_may_be_text_where_that_is_asked_for(text: str) -> None:
    made = check("GetMLTransforms", {"Filter": {"CreatedBefore": text}}, iso_times=True)
    assert made["Filter"]["CreatedBefore"] == datetime(2020, 1, 1, tzinfo=UTC)


def test_characters_beyond_the_first_plane_are_letters_and_control_characters_are_not() -> None:
    assert check("GetMLTransform", {"TransformId": "t\U0001f600"})
    assert "regular expression" in problem("GetMLTransform", {"TransformId": "t\x00"})


def test_unknown_members_are_left_out_or_refused_with_what_was_meant() -> None:
    given = {"TransformID": "a", "TransformId": "b"}
    assert check("GetMLTransform", given) == {"TransformId": "b"}
    assert "Unknown member 'TransformID'; did you mean TransformId?" in problem(
        "GetMLTransform", given, known_only=True
    )


def test_a_long_value_is_told_in_short() -> None:
    assert len(problem("GetMLTransform", {"TransformId": "t" * 100_000})) < 1000
