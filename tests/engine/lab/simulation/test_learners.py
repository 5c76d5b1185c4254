import numpy as np
import pytest

from matchloop.active_learning.questions import LabelingSet
from matchloop.data.labels import Labels
from matchloop.errors import UnknownName, UsageError
from matchloop.lab.simulation import Task, TruthOracle
from matchloop.lab.simulation.learners import LEARNERS, find_learner


def labels_of(task: Task, count: int = 60) -> Labels:
    chosen = np.linspace(0, len(task.prepared.candidates) - 1, count).astype(int)
    pairs = task.prepared.candidates.take(chosen)
    ends = np.column_stack([pairs.left, pairs.right]).astype(np.int32)
    return TruthOracle(task.entities).answer(LabelingSet(task.records, tuple(ends)))


@pytest.mark.parametrize("name", sorted(LEARNERS))
def test_every_learner_learns(people: Task, name: str) -> None:
    fitted = find_learner(name).fit(people.prepared, labels_of(people))
    probability = fitted.score(people.prepared).probability

    assert probability.dtype == np.float32
    assert (probability >= 0).all()
    assert (probability <= 1).all()
    right = (probability > 0.5) == people.is_match
    assert right.mean() > 0.9
    assert len(fitted.find_matches(people.prepared).match_id) == len(people.records)


@pytest.mark.parametrize("name", ["forest", "logistic"])
def test_without_both_answers_a_plain_learner_is_the_matcher(people: Task, name: str) -> None:
    plain = find_learner(name).fit(people.prepared).score(people.prepared)

    assert (
        plain.probability.tobytes()
        == find_learner("matcher").fit(people.prepared).score(people.prepared).probability.tobytes()
    )


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("forest", {"trees": 0}, "trees is 0"),
        ("logistic", {"strength": -1}, "strength is -1"),
        ("matcher", {"rules": ["x"]}, "which all runs of a table share"),
        ("matcher", {"seed": 3}, "seed.* cannot be set"),
        ("matcher", {"trees": 3}, "unexpected keyword argument 'trees'"),
        ("matcher", {"precision_recall": 2}, "precision_recall is 2"),
    ],
)
def test_mistakes_are_named(name: str, settings: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find_learner(name, settings)


def test_an_unknown_learner_lists_those_there_are() -> None:
    with pytest.raises(UnknownName, match="known: forest, logistic, matcher, prior"):
        find_learner("brain")
