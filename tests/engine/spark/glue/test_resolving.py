from __future__ import annotations

from pathlib import Path

import pytest

import matchloop as ml
from matchloop.errors import UsageError
from matchloop.spark.glue.catalog import ENDPOINT
from matchloop.spark.glue.resolving import KEY, MODELS, resolve

DATA = Path(__file__).parents[4] / "data"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (ENDPOINT, KEY, MODELS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    records = ml.read_records(DATA / "people.csv", key="id")
    ml.Matcher().fit(records).save(folder / "tfm-1.model")
    return folder


def test_a_saved_model_is_applied_with_the_only_column_it_does_not_compare_as_key(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODELS, str(models))
    columns = ml.read_records(DATA / "people.csv", key="id").table.column_names

    found = resolve("tfm-1", columns)

    assert (found.key, found.labels, found.matcher.is_fitted) == ("id", None, True)


def test_a_key_in_doubt_is_asked_for(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODELS, str(models))

    with pytest.raises(UsageError, match=f"which may be .*set {KEY}"):
        resolve("tfm-1", ["id", "row"])

    monkeypatch.setenv(KEY, "row")
    assert resolve("tfm-1", ["id", "row"]).key == "row"


@pytest.mark.parametrize("name", ["tfm-2", "../tfm-1", "/etc/passwd"])
def test_an_unknown_transform_says_where_it_was_looked_for(
    name: str, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODELS, str(models / "below"))

    with pytest.raises(UsageError, match=f"no transform .*no file .*{ENDPOINT} names no"):
        resolve(name, ["id"])


def test_without_a_folder_and_a_server_both_are_named() -> None:
    with pytest.raises(UsageError, match=f"{MODELS} is not set, and {ENDPOINT} names no"):
        resolve("tfm-1", ["id"])
