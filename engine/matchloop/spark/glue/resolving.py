"""From the id of a transform to a matcher: a saved model, or a transform of the server."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from matchloop.data.files import files_at
from matchloop.data.io import read_labels
from matchloop.data.labels import Labels
from matchloop.errors import InputError, UsageError, some
from matchloop.matching.matcher import Matcher
from matchloop.spark.glue.catalog import ENDPOINT, glue_client

__all__ = ["EXCHANGE", "KEY", "MODELS", "Resolved", "resolve"]

MODELS = "MATCHLOOP_MODELS"
"""Environment variable: folder of saved models, ``<transformId>.model`` each."""

KEY = "MATCHLOOP_PRIMARY_KEY"
"""Environment variable: key column of the frames that saved models are applied to."""

EXCHANGE = "MATCHLOOP_EXCHANGE"
"""Environment variable: folder that the server writes labels to and this process reads."""

POLL_S = 0.5
PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Resolved:
    """The matcher and the labels that a transform resolves to.

    Parameters
    ----------
    matcher
        A fitted matcher if one was saved; otherwise its settings, to be fitted to the frame.
    key
        Key column.
    labels
        Labels to fit to; None for a saved model, or where there are none.
    """

    matcher: Matcher
    key: str
    labels: Labels | None = None


def resolve(transform_id: str, columns: Sequence[str]) -> Resolved:
    """Find a transform.

    The file ``<transformId>.model`` in the folder ``MATCHLOOP_MODELS`` comes first, then the
    server at ``AWS_ENDPOINT_URL_GLUE``.

    Parameters
    ----------
    transform_id
        The id.
    columns
        Columns of the frame.

    Raises
    ------
    UsageError
        Neither holds the transform, or the key is in doubt.
    """
    folder = os.environ.get(MODELS)
    # The id is the name of a file of this folder and no path.
    path = None if not folder else Path(folder) / f"{Path(transform_id).name}.model"
    if path is not None and path.is_file():
        matcher = Matcher.load(path)
        return Resolved(matcher, _key_beside(matcher, columns))
    if not os.environ.get(ENDPOINT):
        place = f"no file {path}" if path is not None else f"{MODELS} is not set"
        raise UsageError(
            f"no transform '{transform_id}': {place}, and {ENDPOINT} names no matchloop server"
        )
    return _of_server(transform_id)


def _key_beside(matcher: Matcher, columns: Sequence[str]) -> str:
    """Return the key column: the one that is named, or the only one that is not compared."""
    if named := os.environ.get(KEY):
        return named
    compared = matcher.column_importances
    others = [name for name in columns if name not in compared]
    if len(others) == 1:
        return others[0]
    raise UsageError(
        f"the model does not name its key, which may be {some(others) if others else 'no column'}; "
        f"set {KEY} to the name of the column"
    )


def _of_server(transform_id: str) -> Resolved:
    client = glue_client(f"the transform {transform_id}")
    try:
        transform = client.get_ml_transform(TransformId=transform_id)
    except client.exceptions.EntityNotFoundException:
        raise UsageError(
            f"no transform '{transform_id}' at {os.environ[ENDPOINT]}; list them with "
            "aws glue list-ml-transforms"
        ) from None
    settings = transform["Parameters"]["FindMatchesParameters"]
    matcher = Matcher(
        precision_recall=settings.get("PrecisionRecallTradeoff", 0.5),
        accuracy_cost=settings.get("AccuracyCostTradeoff", 0.5),
        enforce_labels=settings.get("EnforceProvidedLabels", False),
    )
    key = settings["PrimaryKeyColumnName"]
    labels = None
    if transform.get("LabelCount"):
        path = _exported(client, transform_id)
        labels = read_labels(path, key=key)
        files_at(path).remove(path)
    return Resolved(matcher, key, labels)


def _exported(client: Any, transform_id: str) -> str:
    """Let the server write the labels of a transform, and return the path of the file."""
    folder = os.environ.get(EXCHANGE)
    if not folder:
        raise UsageError(
            f"the transform {transform_id} has labels: set {EXCHANGE} to a folder, such as "
            "s3://bucket/exchange, that the server may write to and this process can read"
        )
    own = f"{folder.rstrip('/')}/labels-{uuid4().hex}"
    place = own if "://" in own else Path(own).resolve().as_uri()
    run = client.start_export_labels_task_run(TransformId=transform_id, OutputS3Path=f"{place}/")[
        "TaskRunId"
    ]
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        task = client.get_ml_task_run(TransformId=transform_id, TaskRunId=run)
        if task["Status"] == "SUCCEEDED":
            return _only_file_in(own)
        if task["Status"] not in ("STARTING", "RUNNING"):
            raise InputError(
                f"the labels of {transform_id} were not written: {task.get('ErrorString', '')}"
            )
        time.sleep(POLL_S)
    raise InputError(f"the server wrote no labels of {transform_id} in {PATIENCE_S:.0f} s")


def _only_file_in(folder: str) -> str:
    entries = files_at(folder).entries(folder) if files_at(folder).is_folder(folder) else ()
    if len(entries) != 1:
        raise InputError(
            f"the server wrote the labels below {folder}, but {len(entries)} files are seen there "
            f"from here; {EXCHANGE} must be the same folder for both"
        )
    return entries[0].path
