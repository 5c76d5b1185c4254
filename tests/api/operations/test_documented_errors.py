"""Every error that Glue documents or declares for these operations, provoked or accounted for.

The texts are those of the Glue developer guide, "Machine learning exceptions"; what stands in
brackets there depends on the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from matchloop_api.store import AccessKey, open_store

if TYPE_CHECKING:
    from api.conftest import Server
    from api.operations.conftest import Shop

CREATE, UPDATE = "CreateMLTransform", "UpdateMLTransform"
GENERATE, EVALUATE = "StartMLLabelingSetGenerationTaskRun", "StartMLEvaluationTaskRun"
IMPORT, EXPORT = "StartImportLabelsTaskRun", "StartExportLabelsTaskRun"
ONE = ("GetMLTransform", UPDATE, "DeleteMLTransform", GENERATE, IMPORT, EXPORT, EVALUATE)
RUN = ("GetMLTaskRun", "CancelMLTaskRun")
LISTS = ("GetMLTransforms", "ListMLTransforms")
TAGS = ("TagResource", "UntagResource", "GetTags")
EVERY = (CREATE, *ONE, *RUN, "GetMLTaskRuns", *LISTS, *TAGS)

NOT_FOUND, INVALID = "EntityNotFoundException", "InvalidInputException"
TOO_MANY_RUNS = "ConcurrentRunsExceededException"
TOO_MUCH = "ResourceNumberLimitExceededException"

TABLE_TEXTS = (
    "Exactly one input record table must be provided.",
    "Should specify database name.",
    "Should specify table name.",
)
PARAMETER_TEXTS = (
    "Find Matches parameters have not been set.",
    "A primary key must be specified in Find Matches parameters.",
)
CAPACITY_TEXTS = (
    "Cannot set Max Capacity and Worker Num/Type at the same time.",
    "Both WorkerType and NumberOfWorkers should be set.",
    "MaxCapacity should be >= [maxCapacity].",
    "NumberOfWorkers should be >= [maxCapacity].",
    "Max retries should be non-negative.",
)
TRANSFORM_RUNS = "ML Task Runs count [count] has exceeded the transform limit of [limit] task runs."
REGION = (
    "S3 path provided is not in the same region as transform. "
    "Expecting region - [region], but got - [region]."
)
NO_TRANSFORM = "Cannot find MLTransform in account [accountId] with handle [transformName]."
NO_RUN = (
    "No ML Task Run found for [taskRunId]: in account [accountId] for transform [transformName]."
)
UNEXPECTED = "Internal service failure due to unexpected input."

DOCUMENTED: dict[str, tuple[str, ...]] = {
    CREATE: (
        UNEXPECTED,
        "An AWS Glue Table input source should be specified in transform.",
        "Input source column [columnName] has an invalid data type defined in the catalog.",
        "Schema is not defined on the transform.",
        "Schema should contain given primary key: [primaryKey].",
        "Problem fetching the data catalog schema: [message].",
        "Transform with name [transformName] already exists.",
        "Idempotent create request for transform [transformName] had mismatching parameters.",
        "ML Transforms count ([count]) has exceeded the limit of [limit] transforms.",
        "Unable to assume role for arn: [roleArn]",
        *TABLE_TEXTS,
        *PARAMETER_TEXTS,
        *CAPACITY_TEXTS,
    ),
    UPDATE: (
        NO_TRANSFORM,
        "Another transform with name [transformName] already exists.",
        "Transform name cannot be blank.",
        *PARAMETER_TEXTS,
        *CAPACITY_TEXTS,
    ),
    "GetMLTransform": (NO_TRANSFORM,),
    "DeleteMLTransform": (NO_TRANSFORM,),
    "GetMLTransforms": (
        "Account ID can't be blank.",
        "Sorting not supported for column [column].",
        "[column] can't be blank.",
        UNEXPECTED,
    ),
    IMPORT: (
        NO_TRANSFORM,
        "[message].",
        "Invalid label file path.",
        "Cannot access the label file at [labelPath]. [message].",
        "Cannot use IAM role provided in the transform. Role: [role].",
        "Invalid label file of size 0.",
        "Label file has exceeded the limit of [limit] MB.",
        REGION,
    ),
    EXPORT: (
        NO_TRANSFORM,
        "No labelset exists for transformId [transformId] in account id [accountId].",
        "[message].",
        REGION,
    ),
    EVALUATE: (
        NO_TRANSFORM,
        "This operation can only be applied to a transform that is in a READY state.",
        TRANSFORM_RUNS,
        "ML Task Runs count [count] has exceeded the limit of [limit] task runs.",
        "Dependency failure.",
        *TABLE_TEXTS,
        *PARAMETER_TEXTS,
    ),
    GENERATE: (
        NO_TRANSFORM,
        TRANSFORM_RUNS,
        "Dependency failure.",
        *TABLE_TEXTS,
        *PARAMETER_TEXTS,
    ),
    "GetMLTaskRun": (NO_TRANSFORM, NO_RUN),
    "CancelMLTaskRun": (NO_TRANSFORM, NO_RUN),
    "GetMLTaskRuns": (NO_TRANSFORM,),
}

NEVER_SAID = {
    UNEXPECTED: "what is unexpected is a ValidationException with the member and the constraint",
    "Account ID can't be blank.": "the account is a setting, not a part of the request",
    "Sorting not supported for column [column].": "every column of the enumeration is supported",
    "Dependency failure.": "a task run is accepted by this server alone",
    "Unable to assume role for arn: [roleArn]": "roles are kept and shown, not assumed",
    "Cannot use IAM role provided in the transform. Role: [role].": "as above",
    REGION: "places have no region",
    "Idempotent create request for transform [transformName] had mismatching parameters.": (
        "a name that is taken is AlreadyExistsException, whatever else is asked"
    ),
}

NEVER_RAISED = {
    **{(name, "InternalServiceException"): "only by a fault of the server" for name in EVERY},
    **{(name, "OperationTimeoutException"): "the wire's time limit" for name in EVERY},
    **{(name, NOT_FOUND): "nothing is asked for by name" for name in LISTS},
    **{
        (name, INVALID): "an identifier that is well formed exists or does not"
        for name in ("GetMLTransform", "DeleteMLTransform", *RUN)
    },
    **{(name, "AccessDeniedException"): "by a role, as the last test" for name in (CREATE, UPDATE)},
    (CREATE, "IdempotentParameterMismatchException"): "a taken name is AlreadyExists",
}


@dataclass(frozen=True)
class Case:
    """A request that an operation refuses."""

    operation: str
    code: str
    text: str
    call: Callable[[Shop], object]
    settings: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return f"{self.operation}: {self.text}"


def params(**members: Any) -> Any:
    return {"TransformType": "FIND_MATCHES", "FindMatchesParameters": members}


def tables(*named: tuple[str, str]) -> Any:
    return [{"DatabaseName": database, "TableName": table} for database, table in named]


def created(**members: Any) -> Callable[[Shop], object]:
    return lambda shop: shop.glue.create_ml_transform(**shop.request(**members))


def updated(**members: Any) -> Callable[[Shop], object]:
    return lambda shop: shop.glue.update_ml_transform(TransformId=shop.transform(), **members)


def on_table(columns: list[dict[str, str]]) -> Callable[[Shop], object]:
    def call(shop: Shop) -> object:
        shop.add_table("other", columns)
        return shop.transform(InputRecordTables=tables(("shop", "other")))

    return call


def started(operation: str, transform: str, shop: Shop) -> object:
    if operation == EVALUATE:
        return shop.glue.start_ml_evaluation_task_run(TransformId=transform)
    return shop.glue.start_ml_labeling_set_generation_task_run(
        TransformId=transform, OutputS3Path=shop.uri("out")
    )


def started_on(operation: str, **definition: Any) -> Callable[[Shop], object]:
    """Start on a transform whose stored definition lacks what a creation asks for."""

    def call(shop: Shop) -> object:
        transform = shop.transform()
        row = shop.change(transform, status="READY")
        shop.change(transform, definition={**row.definition, **definition})
        return started(operation, transform, shop)

    return call


def started_often(operation: str) -> Callable[[Shop], object]:
    def call(shop: Shop) -> object:
        transform = shop.transform()
        shop.change(transform, status="READY")
        started(operation, transform, shop)
        return started(operation, transform, shop)

    return call


def imported(name: str, content: str | None) -> Callable[[Shop], object]:
    def call(shop: Shop) -> object:
        if content is not None:
            shop.write(name, content)
        return shop.glue.start_import_labels_task_run(
            TransformId=shop.transform("a"), InputS3Path=shop.uri(name)
        )

    return call


def with_tags(operation: str, arn: str, tags: dict[str, str]) -> Callable[[Shop], object]:
    return {
        "TagResource": lambda shop: shop.glue.tag_resource(ResourceArn=arn, TagsToAdd=tags),
        "UntagResource": lambda shop: shop.glue.untag_resource(ResourceArn=arn, TagsToRemove=[]),
        "GetTags": lambda shop: shop.glue.get_tags(ResourceArn=arn),
    }[operation]


def of_unknown(operation: str) -> Callable[[Shop], object]:
    path = {"OutputS3Path": "s3://b/k"} if operation in (GENERATE, EXPORT) else {}
    path |= {"InputS3Path": "s3://b/k"} if operation == IMPORT else {}
    path |= {"TaskRunId": "tsk-none"} if operation in RUN else {}
    return lambda shop: method(shop, operation)(TransformId="tfm-none", **path)


def method(shop: Shop, operation: str) -> Any:
    """Return boto3's method of an operation."""
    names = shop.glue.meta.method_to_api_mapping
    return getattr(shop.glue, next(name for name in names if names[name] == operation))


def listed(operation: str, **members: Any) -> Callable[[Shop], object]:
    return lambda shop: method(shop, operation)(**members)


TOKEN = (
    "NextToken is not valid for this request; repeat the request that gave it with the "
    "same filter and sort, or leave NextToken out to begin again."
)
ARN = "arn:aws:glue:us-east-1:123456789012:"
TRANSFORM_ID = re.compile("tfm-[0-9a-f]{40}")

CASES = [
    Case(CREATE, INVALID, DOCUMENTED[CREATE][1], created(InputRecordTables=[])),
    Case(
        CREATE,
        INVALID,
        "Input source column tags has an invalid data type defined in the catalog.",
        on_table([{"Name": "id", "Type": "int"}, {"Name": "tags", "Type": "array<string>"}]),
    ),
    Case(CREATE, INVALID, "Schema is not defined on the transform.", on_table([])),
    Case(
        CREATE,
        INVALID,
        "Schema should contain given primary key: key.",
        created(Parameters=params(PrimaryKeyColumnName="key")),
    ),
    Case(
        CREATE,
        INVALID,
        "Problem fetching the data catalog schema: Database none not found.",
        created(InputRecordTables=tables(("none", "customers"))),
    ),
    Case(
        CREATE,
        INVALID,
        "Problem fetching the data catalog schema: Table none not found in database shop.",
        created(InputRecordTables=tables(("shop", "none"))),
    ),
    Case(
        CREATE,
        "AlreadyExistsException",
        "Transform with name dedupe already exists.",
        lambda shop: (shop.transform("dedupe"), shop.transform("dedupe")),
    ),
    Case(
        CREATE,
        TOO_MUCH,
        "ML Transforms count (2) has exceeded the limit of 1 transforms.",
        lambda shop: (shop.transform("one"), shop.transform("two")),
        (("max_transforms", 1),),
    ),
    Case(
        CREATE,
        INVALID,
        TABLE_TEXTS[0],
        created(InputRecordTables=tables(("shop", "customers"), ("shop", "customers"))),
    ),
    Case(CREATE, INVALID, TABLE_TEXTS[1], created(InputRecordTables=tables((" ", "customers")))),
    Case(CREATE, INVALID, TABLE_TEXTS[2], created(InputRecordTables=tables(("shop", "\t")))),
    Case(CREATE, INVALID, "Transform name cannot be blank.", created(name=" ")),
    Case(UPDATE, INVALID, "Transform name cannot be blank.", updated(Name=" \t")),
    Case(
        UPDATE,
        INVALID,
        "Another transform with name other already exists.",
        lambda shop: shop.glue.update_ml_transform(
            TransformId=(shop.transform("other"), shop.transform())[1], Name="other"
        ),
    ),
    Case(
        UPDATE,
        INVALID,
        "Schema should contain given primary key: key.",
        updated(Parameters=params(PrimaryKeyColumnName="key")),
    ),
    *(
        Case(operation, INVALID, text, call(**members))
        for operation, call in ((CREATE, created), (UPDATE, updated))
        for text, members in (
            (PARAMETER_TEXTS[0], {"Parameters": {"TransformType": "FIND_MATCHES"}}),
            (PARAMETER_TEXTS[1], {"Parameters": params(PrecisionRecallTradeoff=0.5)}),
            (PARAMETER_TEXTS[1], {"Parameters": params(PrimaryKeyColumnName=" ")}),
            (CAPACITY_TEXTS[0], {"MaxCapacity": 5, "NumberOfWorkers": 2}),
            (CAPACITY_TEXTS[0], {"MaxCapacity": 5, "WorkerType": "G.1X"}),
            (CAPACITY_TEXTS[1], {"NumberOfWorkers": 2}),
            (CAPACITY_TEXTS[1], {"WorkerType": "G.1X"}),
            ("MaxCapacity should be >= 2.", {"MaxCapacity": 1.5}),
            ("MaxCapacity should be <= 100.", {"MaxCapacity": 101}),
            ("NumberOfWorkers should be >= 1.", {"WorkerType": "G.1X", "NumberOfWorkers": 0}),
            (CAPACITY_TEXTS[4], {"MaxRetries": -1}),
        )
    ),
    *(
        Case(name, INVALID, f"{member} can't be blank.", listed(name, Filter={member: " "}))
        for name in LISTS
        for member in ("Name",)
    ),
    *(Case(name, INVALID, TOKEN, listed(name, NextToken="none")) for name in LISTS),
    Case(
        "GetMLTaskRuns",
        INVALID,
        TOKEN,
        lambda shop: shop.glue.get_ml_task_runs(TransformId=shop.transform(), NextToken="none"),
    ),
    Case(
        IMPORT,
        INVALID,
        "Invalid label file path.",
        lambda shop: shop.glue.start_import_labels_task_run(
            TransformId=shop.transform(), InputS3Path="labels.csv"
        ),
    ),
    Case(
        IMPORT,
        INVALID,
        "Cannot access the label file at {uri}. there is no file at {uri}.",
        imported("none.csv", None),
    ),
    Case(IMPORT, INVALID, "Invalid label file of size 0.", imported("empty.csv", "")),
    Case(
        IMPORT,
        TOO_MUCH,
        "Label file has exceeded the limit of 0 MB.",
        imported("labels.csv", "labeling_set_id,label"),
        (("max_label_file_mb", 0),),
    ),
    Case(
        EXPORT,
        NOT_FOUND,
        "No labelset exists for transformId [id] in account id 123456789012.",
        lambda shop: shop.glue.start_export_labels_task_run(
            TransformId=shop.transform(), OutputS3Path=shop.uri("out")
        ),
    ),
    *(
        Case(
            name,
            INVALID,
            "'out' is no place; give s3://bucket/key or file:///path.",
            lambda shop, name=name: method(shop, name)(  # type: ignore[misc]
                TransformId=shop.change(shop.transform(), label_count=1).id, OutputS3Path="out"
            ),
        )
        for name in (EXPORT, GENERATE)
    ),
    Case(
        EVALUATE,
        "MLTransformNotReadyException",
        DOCUMENTED[EVALUATE][1],
        lambda shop: started(EVALUATE, shop.transform(), shop),
    ),
    *(
        Case(operation, INVALID, text, started_on(operation, **definition))
        for operation in (EVALUATE, GENERATE)
        for text, definition in (
            (TABLE_TEXTS[0], {"InputRecordTables": tables(("a", "b"), ("c", "d"))}),
            (TABLE_TEXTS[1], {"InputRecordTables": tables(("", "b"))}),
            (TABLE_TEXTS[2], {"InputRecordTables": tables(("a", ""))}),
            (PARAMETER_TEXTS[0], {"Parameters": {"TransformType": "FIND_MATCHES"}}),
            (PARAMETER_TEXTS[1], {"Parameters": params(PrecisionRecallTradeoff=0.5)}),
        )
    ),
    *(
        Case(operation, TOO_MANY_RUNS, text, started_often(operation), ((setting, 1),))
        for operation in (EVALUATE, GENERATE)
        for text, setting in (
            (
                "ML Task Runs count 2 has exceeded the transform limit of 1 task runs.",
                "max_runs_per_transform",
            ),
            ("ML Task Runs count 2 has exceeded the limit of 1 task runs.", "max_runs"),
        )
    ),
    *(
        Case(
            operation,
            NOT_FOUND,
            "Cannot find MLTransform in account 123456789012 with handle tfm-none.",
            of_unknown(operation),
        )
        for operation in (*ONE, *RUN, "GetMLTaskRuns")
    ),
    *(
        Case(
            operation,
            NOT_FOUND,
            "No ML Task Run found for tsk-none: in account 123456789012 for transform [id].",
            lambda shop, operation=operation: method(shop, operation)(  # type: ignore[misc]
                TransformId=shop.transform(), TaskRunId="tsk-none"
            ),
        )
        for operation in RUN
    ),
    *(
        Case(
            operation,
            NOT_FOUND,
            f"Resource {ARN}job/none not found.",
            with_tags(operation, f"{ARN}job/none", {}),
        )
        for operation in TAGS
    ),
    *(
        Case(
            operation,
            INVALID,
            f"'{ARN}job' is no ARN of a Glue resource; "
            "expected arn:aws:glue:<region>:<account>:<kind>/<name>",
            with_tags(operation, f"{ARN}job", {}),
        )
        for operation in TAGS
    ),
]


@pytest.fixture
def server_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the settings that a case needs."""
    case = request.node.callspec.params.get("case") if hasattr(request.node, "callspec") else None
    return dict(case.settings) if case else {}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_refusal_has_its_code_and_text(shop: Shop, case: Case) -> None:
    with pytest.raises(ClientError) as refused:
        case.call(shop)

    error: Any = refused.value.response["Error"]
    said = TRANSFORM_ID.sub("[id]", error["Message"])
    assert refused.value.operation_name == case.operation
    assert (error["Code"], said) == (
        case.code,
        case.text.replace("{uri}", shop.uri("none.csv")),
    )
    assert type(refused.value) is shop.glue.exceptions.from_code(case.code)  # type: ignore[comparison-overlap]


@pytest.mark.parametrize(
    ("operation", "template"),
    [(name, text) for name, texts in DOCUMENTED.items() for text in texts],
)
def test_every_documented_text_is_provoked_or_accounted_for(operation: str, template: str) -> None:
    parts = re.split(r"\[\w+\]", template)
    form = re.compile(".+".join(re.escape(part) for part in parts), re.DOTALL)
    said = [case for case in CASES if case.operation == operation and form.fullmatch(case.text)]

    assert bool(said) != (template in NEVER_SAID)


@pytest.mark.parametrize("operation", EVERY)
def test_every_declared_error_is_provoked_or_accounted_for(operation: str) -> None:
    model = botocore.session.get_session().get_service_model("glue").operation_model(operation)
    declared = {shape.name for shape in model.error_shapes}
    provoked = {case.code for case in CASES if case.operation == operation}
    never = {code for name, code in NEVER_RAISED if name == operation}

    assert provoked <= declared
    assert declared - provoked == never


@pytest.mark.parametrize("operation", [CREATE, UPDATE])
def test_a_reader_may_not_make_or_change(
    operation: str, start_server: Callable[..., Server], tmp_path: Path
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'matchloop.sqlite'}")
    made = datetime.now(UTC)
    with store.writing() as tx:
        tx.keys.add(AccessKey(id="AKREA", secret="s", role="reader", name="Rea", created_at=made))
    store.close()
    glue = start_server().client(key_id="AKREA", secret="s")

    request: dict[str, Any] = {
        CREATE: {"Name": "x", "InputRecordTables": [], "Parameters": params(), "Role": "any"},
        UPDATE: {"TransformId": "x"},
    }[operation]

    with pytest.raises(glue.exceptions.AccessDeniedException, match=f"glue:{operation}$"):
        (glue.create_ml_transform if operation == CREATE else glue.update_ml_transform)(**request)
