from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

import matchloop as ml
from matchloop.data.io import write_labels
from matchloop.data.io.bundles import read_bundle
from matchloop.data.labels import AUDIT_SET, Labels
from matchloop.data.pairs import pair_ids
from matchloop.errors import BundleError, TableError, UnknownName, UsageError
from matchloop.lab.simulation import TruthOracle
from matchloop.matching.backends import PreparedTable
from matchloop.quality.sampled_audit import DESIGNS, AuditDraw, AuditState, draw_audit


def test_no_pair_is_drawn_twice_however_often_it_is_drawn_further(draw: AuditDraw) -> None:
    further = draw.more(50).more(50)

    assert len(further) == 160
    assert len(np.unique(further.drawn)) == 160
    assert (further.drawn[:60] == draw.drawn).all()


def test_the_same_seed_draws_the_same_pairs(prepared: PreparedTable, draw: AuditDraw) -> None:
    again = draw_audit(prepared, ml.Matcher().fit(prepared), 60, seed=3)
    other = draw_audit(prepared, ml.Matcher().fit(prepared), 60, seed=4)

    assert (again.drawn == draw.drawn).all()
    assert not np.array_equal(other.drawn, draw.drawn)


def test_pairs_are_drawn_from_the_whole_of_their_stratum_and_asked_in_no_order(
    draw: AuditDraw,
) -> None:
    of_drawn = draw.stratum[draw.drawn]
    places = []  # of each pair drawn in its stratum: 0 is the first pair, 1 the last
    for one in np.unique(of_drawn):
        inside = np.flatnonzero((draw.stratum == one) & (draw.population.label < 0))
        drawn = draw.drawn[of_drawn == one]
        if len(inside) > 4 * len(drawn):
            places += (np.searchsorted(inside, drawn) / len(inside)).tolist()

    assert len(places) > 10
    assert 0.3 < np.mean(places) < 0.7
    assert (np.diff(of_drawn) < 0).any()


@pytest.mark.parametrize("design", sorted(DESIGNS))
def test_every_design_asks_of_every_kind_of_pair(prepared: PreparedTable, design: str) -> None:
    drawn = draw_audit(prepared, ml.Matcher().fit(prepared), 200, design=design)
    share = DESIGNS[design].shares(AuditState(drawn.population, drawn.stratum))

    assert len(drawn) == 200
    assert share.sum() == pytest.approx(1)
    if design != "proportional":
        assert (share > 0).all()
        assert set(drawn.population.tier[drawn.drawn].tolist()) == {0, 1, 2}


def test_weights_of_the_pairs_drawn_sum_to_all_pairs_of_their_strata(draw: AuditDraw) -> None:
    strata = np.unique(draw.stratum[draw.drawn])
    inside = np.isin(draw.stratum, strata) & (draw.population.label < 0)

    assert draw.weights.sum() == pytest.approx(draw.population.weight[inside].sum())
    assert (draw.inclusion > 0).all()
    assert (draw.inclusion <= 1).all()


def test_all_pairs_that_could_match_are_spoken_for(draw: AuditDraw, people: ml.Records) -> None:
    assert draw.population.weight.sum() == pytest.approx(len(people) * (len(people) - 1) / 2)


def test_questions_are_sets_of_two_that_tell_nothing(draw: AuditDraw, people: ml.Records) -> None:
    questions = draw.questions(people)
    sets = questions["labeling_set_id"].to_pylist()

    assert questions.column_names[2:] == people.table.column_names
    assert questions["label"].null_count == len(questions) == 120
    assert all(re.match(AUDIT_SET, one) for one in sets)
    assert all(sets.count(one) == 2 for one in set(sets))


def test_either_record_of_a_pair_stands_first_at_random(
    draw: AuditDraw, people: ml.Records
) -> None:
    left, right = draw.pairs
    first, second = (
        np.array([people.positions[key] for key in draw.questions(people)["id"].to_pylist()[at::2]])
        for at in (0, 1)
    )

    assert (np.minimum(first, second) == np.minimum(left, right)).all()
    assert (np.maximum(first, second) == np.maximum(left, right)).all()
    # of 60 fair coins, fewer than 15 or more than 45 heads come once in ten thousand times
    assert 15 <= (first == left).sum() <= 45
    assert draw.questions(people).equals(draw.questions(people))


def test_a_draw_comes_back_as_it_was_saved(draw: AuditDraw, tmp_path: Path) -> None:
    draw.save(tmp_path / "a.audit")
    loaded = AuditDraw.load(tmp_path / "a.audit")

    assert (loaded.drawn == draw.drawn).all()
    assert (loaded.more(20).drawn == draw.more(20).drawn).all()
    assert loaded.name == draw.name


def test_a_draw_keeps_the_names_of_its_arrays_so_that_older_draws_load(
    draw: AuditDraw, tmp_path: Path
) -> None:
    draw.save(tmp_path / "a.audit")

    assert set(read_bundle(tmp_path / "a.audit").arrays) == {
        "left", "right", "probability", "together", "tier", "weight", "known", "benefit",
        "stratum", "drawn",
    }  # fmt: skip


def test_a_model_is_no_audit(prepared: PreparedTable, tmp_path: Path) -> None:
    ml.Matcher().fit(prepared).save(tmp_path / "a.model")

    with pytest.raises(BundleError, match="is not an audit"):
        AuditDraw.load(tmp_path / "a.model")


def test_another_table_is_refused(draw: AuditDraw, people: ml.Records) -> None:
    other = ml.read_records(people.table.slice(1).to_pandas(), key="id")

    with pytest.raises(TableError, match="the table it was drawn from"):
        draw.questions(other)


def test_an_unknown_design_is_named(prepared: PreparedTable) -> None:
    with pytest.raises(UnknownName, match="neyman"):
        draw_audit(prepared, ml.Matcher().fit(prepared), 5, design="nope")


def test_an_audit_without_an_answer_is_refused(
    draw: AuditDraw, people: ml.Records, prepared: PreparedTable, entity: NDArray[np.int64]
) -> None:
    asked = ml.LabelingLoop(prepared).ask(sets=2)

    with pytest.raises(UsageError, match=f"audit-{draw.name}"):
        draw.estimate(people, TruthOracle(entity).answer(asked))


def test_pairs_that_were_learned_from_are_known_and_not_asked(
    prepared: PreparedTable, entity: NDArray[np.int64]
) -> None:
    labels = TruthOracle(entity).answer(ml.LabelingLoop(prepared).ask(sets=10))
    known = labels.pairs(prepared.records)
    drawn = draw_audit(prepared, ml.Matcher().fit(prepared, labels), 100, labels=labels)

    assert not np.isin(drawn.population.ids()[drawn.drawn], known.ids()).any()
    assert (drawn.population.label >= 0).any()


def test_nothing_learns_from_the_answers(
    answers: Labels, people: ml.Records, prepared: PreparedTable
) -> None:
    assert len(answers.pairs(people)) == 0
    assert len(answers.pairs(people, audit=True)) == 60
    assert not answers.is_ready
    with_audit = ml.Matcher().fit(prepared, answers).score(prepared)
    without = ml.Matcher().fit(prepared).score(prepared)
    assert (with_audit.probability == without.probability).all()


def test_answers_stay_an_audit_when_labels_are_merged_and_written(
    answers: Labels, prepared: PreparedTable, entity: NDArray[np.int64], tmp_path: Path
) -> None:
    taught = TruthOracle(entity).answer(ml.LabelingLoop(prepared).ask(sets=3))
    write_labels(taught.merged(answers), tmp_path / "l.csv")
    read = ml.read_labels(tmp_path / "l.csv", key="id")

    records = prepared.records
    measured = read.pairs(records, audit=True).ids()
    before = taught.pairs(records).ids()
    assert len(measured) == 60
    assert set(read.pairs(records).ids()) == set(before) - set(measured)


def test_a_pair_of_an_audit_is_measured_with_even_where_its_rows_meet_again(
    draw: AuditDraw, answers: Labels, people: ml.Records, prepared: PreparedTable
) -> None:
    left, right = (ends[:5] for ends in draw.pairs)
    rows = np.unique(np.concatenate((left, right)))
    table = people.table.take(pa.array(rows))
    sets = pa.array(["ten"] * len(rows))
    again = Labels.of(
        pa.Table.from_arrays(
            [sets, pa.array([f"g{row}" for row in rows.tolist()]), *table.columns],
            names=["labeling_set_id", "label", *table.column_names],
        ),
        key="id",
    )
    both = answers.merged(again)
    population, asked, _ = draw.judged(people, both, groups=np.arange(len(people)))

    assert not np.isin(pair_ids(left, right), both.pairs(people).ids()).any()
    assert len(asked) == 60
    assert (population.label[draw.drawn[:5]] < 0).all()


@pytest.mark.parametrize("said", [("x", "y"), ("x", "y", "x")])
def test_answers_of_two_audits_that_contradict_each_other_are_refused(
    said: tuple[str, ...], draw: AuditDraw, people: ml.Records
) -> None:
    left, right = (int(ends[0]) for ends in draw.pairs)
    rows = people.table.take(pa.array([left, right] * len(said)))
    sets = [f"audit-0123abcd-{at:04d}" for at in range(len(said)) for _ in range(2)]
    labels = [label for one in said for label in ("x", one)]
    answers = Labels.of(
        pa.Table.from_arrays(
            [pa.array(sets), pa.array(labels), *rows.columns],
            names=["labeling_set_id", "label", *rows.column_names],
        ),
        key="id",
    )

    with pytest.raises(UsageError, match=f"1 pair of the audit .* 'audit-{draw.name}-0001'"):
        draw.judged(people, answers)
