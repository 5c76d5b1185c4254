"""A trained model scores a pair the same, however and beside whatever it is scored."""

from pathlib import Path

import numpy as np
import pyarrow.csv as csv
import pytest
from numpy.typing import NDArray

from matchloop.data.io import read_records
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs
from matchloop.errors import TableError
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.matching.learning import Model, learn, training

DATA = Path(__file__).parents[4] / "data"


@pytest.fixture(scope="module")
def table() -> PreparedTable:
    return prepare(read_records(DATA / "customers.csv", key="id"))


@pytest.fixture(scope="module")
def labelled(table: PreparedTable) -> LabeledPairs:
    rows = csv.read_csv(DATA / "customers_truth.csv").to_pydict()
    entity = dict(zip(map(str, rows["id"]), rows["customer"], strict=True))
    of = np.array([entity[key] for key in table.records.keys.to_pylist()])
    is_match = of[table.candidates.left] == of[table.candidates.right]
    chosen = np.concatenate([np.flatnonzero(is_match == answer)[:25] for answer in (True, False)])
    pairs = table.candidates.take(chosen)
    sets = np.arange(len(chosen), dtype=np.int32)
    return LabeledPairs(pairs.left, pairs.right, is_match[chosen], sets)


@pytest.fixture(params=["no labels", "few labels", "many labels"])
def model(
    request: pytest.FixtureRequest,
    table: PreparedTable,
    labelled: LabeledPairs,
    monkeypatch: pytest.MonkeyPatch,
) -> Model:
    if request.param == "no labels":
        return learn(table, None, seed=0)
    if request.param == "many labels":
        monkeypatch.setattr(training, "MANY", 10)
        monkeypatch.setattr(training, "PLENTY", 10)
    return learn(table, labelled, seed=0)


def test_a_candidate_scored_as_any_pair_has_the_score_of_the_candidate(
    model: Model, table: PreparedTable
) -> None:
    scores, context = model.score(table)
    chosen: NDArray[np.int64] = np.arange(0, len(scores), 7)

    apart = model.score_pairs(table, table.candidates.take(chosen), context)
    alone = [
        model.score_features(table.comparer.compare(table.candidates.take(chosen[[at]])), context)
        for at in range(3)
    ]

    expected = scores.probability[chosen]
    np.testing.assert_allclose(apart.probability, expected, atol=1e-6)
    np.testing.assert_allclose(np.concatenate(alone), expected[:3], atol=1e-6)
    assert ((scores.probability >= 0) & (scores.probability <= 1)).all()


def test_pairs_that_are_no_candidates_are_scored_below_the_matches(
    model: Model, table: PreparedTable
) -> None:
    scores, context = model.score(table)
    rows = np.arange(0, len(table.records) - 50)
    others = CandidatePairs.of(rows, rows + 50)
    strangers = others.take(~np.isin(others.ids(), table.candidates.ids()))

    found = model.score_pairs(table, strangers, context).probability

    assert len(found) > 100
    assert found.mean() < scores.probability.mean() / 2


def test_a_model_read_from_its_parts_scores_the_same_bytes(
    model: Model, table: PreparedTable
) -> None:
    settings, arrays = model.to_parts()

    again = Model.from_parts(settings, arrays)

    assert again.assumed == model.assumed
    parts = [(part.prior, part.competition, part.reliance) for part in (model, again)]
    assert [[part is None for part in held] for held in parts][0] == [
        part is None for part in parts[1]
    ]
    assert again.score(table)[0].probability.tobytes() == (
        model.score(table)[0].probability.tobytes()
    )


def test_a_table_of_other_columns_is_refused(model: Model) -> None:
    records = read_records(DATA / "customers.csv", key="id", kinds={"phone": "ignore"})

    with pytest.raises(TableError, match="compared in other ways"):
        model.score(prepare(records))
