from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import matchloop as ml
from matchloop.data.labels import LabeledPairs
from matchloop.errors import InputError, UsageError
from matchloop.lab.simulation import TruthOracle
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.learning import Model


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


def test_every_threshold_gives_the_groups_that_a_matcher_of_it_makes(
    known: tuple[ml.Records, TruthOracle],
) -> None:
    records, oracle = known
    labels = oracle.answer(ml.LabelingLoop(records).ask(sets=4))
    matcher = ml.Matcher(threshold=0.42).fit(records, labels)
    matches = matcher.find_matches(records)
    found = ml.quality_by_threshold(records, matcher, matches=matches)
    by_threshold = {one.threshold: one for one in found}
    other = replace(matcher, threshold=0.9).find_matches(records)

    assert len(found) == 11
    assert by_threshold[0.42].match_id.tolist() == matches.match_id.tolist()
    assert by_threshold[0.9].match_id.tolist() == other.match_id.tolist()
    assert [one.pairs for one in found] == sorted((one.pairs for one in found), reverse=True)


def test_thresholds_of_an_incremental_run_are_refused(
    known: tuple[ml.Records, TruthOracle],
) -> None:
    records, _ = known
    matcher = ml.Matcher().fit(records)
    matches = matcher.find_matches(records, previous=np.full(len(records), -1, np.int64))

    with pytest.raises(UsageError, match="incremental run"):
        ml.quality_by_threshold(records, matcher, matches=matches)
