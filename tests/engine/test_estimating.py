from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import matchloop as ml
from matchloop.backends import OnStage, PreparedTable
from matchloop.errors import InputError
from matchloop.labels import LabeledPairs
from matchloop.learning import Model
from matchloop.simulation import TruthOracle


@pytest.fixture(scope="module")
def known() -> tuple[ml.Records, TruthOracle]:
    rng = np.random.default_rng(5)
    words = [f"{a}{b}{c}" for a in "bdfgklmn" for b in "aeiou" for c in ("rt", "nd", "s", "ll")]
    rows = []
    for entity in range(120):
        name, town = (" ".join(rng.choice(words, 2)) for _ in range(2))
        rows += [(entity, name, town), (entity, name[:-1] + "x", town)]
    frame = pd.DataFrame(rows, columns=["entity", "name", "town"]).sample(frac=1, random_state=1)
    frame = frame.reset_index(drop=True)
    frame["id"] = [f"k{i}" for i in range(len(frame))]
    records = ml.read_records(frame[["id", "name", "town"]], key="id")
    return records, TruthOracle(frame["entity"].to_numpy())


def test_a_good_model_is_estimated_as_good(known: tuple[ml.Records, TruthOracle]) -> None:
    records, oracle = known
    labels = oracle.answer(ml.LabelingLoop(records).ask(sets=10))
    quality = ml.estimate_quality(records, labels)

    assert quality.area_under_pr_curve > 0.9
    assert quality.train_sets + quality.test_sets == 10
    assert set(quality.column_importances) == {"name", "town"}


def test_the_same_seed_gives_the_same_estimate(known: tuple[ml.Records, TruthOracle]) -> None:
    records, oracle = known
    labels = oracle.answer(ml.LabelingLoop(records).ask(sets=6))

    assert ml.estimate_quality(records, labels) == ml.estimate_quality(records, labels)


class Contrary(ml.Matcher):
    """Learns the opposite of every answer."""

    def learn(
        self,
        prepared: PreparedTable,
        labelled: LabeledPairs | None,
        *,
        on_stage: OnStage | None = None,
    ) -> Model:
        if labelled is not None:
            labelled = replace(labelled, is_match=~labelled.is_match)
        return super().learn(prepared, labelled, on_stage=on_stage)


def test_the_learner_that_is_measured_is_the_matchers_own(
    known: tuple[ml.Records, TruthOracle],
) -> None:
    records, oracle = known
    labels = oracle.answer(ml.LabelingLoop(records).ask(sets=6))

    quality = ml.estimate_quality(records, labels, Contrary())

    assert quality.f1 < 0.2 < 0.8 < ml.estimate_quality(records, labels).f1


def test_one_set_is_too_little(known: tuple[ml.Records, TruthOracle]) -> None:
    records, oracle = known
    labels = oracle.answer(ml.LabelingLoop(records).ask(sets=1))

    with pytest.raises(InputError, match="too few labels"):
        ml.estimate_quality(records, labels)
