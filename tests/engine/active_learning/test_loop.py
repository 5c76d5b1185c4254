import numpy as np
import pyarrow as pa
import pytest

from judging import entities
from kinds import registry
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import by_likeness
from matchloop.active_learning.stopping import Checkpoint
from matchloop.data.io import read_records
from matchloop.data.labels import Labels
from matchloop.data.records import Records
from matchloop.errors import LabelFileError, UnknownName, UsageError
from matchloop.lab.simulation import TruthOracle
from matchloop.matching.matcher import Matcher

FIRST = ["anna", "bruno", "carla", "dmitri", "elena", "farid", "greta", "hugo", "ines", "jonas"]
LAST = ["abbott", "brandt", "castillo", "dubois", "eriksen", "fischer", "garcia", "hansen"]


def people(count: int = 60) -> tuple[Records, list[int]]:
    """Every third person stands twice, the second time with a slip in the name."""
    rows, entity = [], []
    for number in range(count):
        first, last = FIRST[number % 10], LAST[(number // 3) % 8]
        city, year = f"town {number % 7}", str(1940 + 5 * number % 60)
        rows.append((f"{first} {last}", city, year))
        entity.append(number)
        if number % 3 == 0:
            rows.append((f"{first[:-1]} {last}x", city, year))
            entity.append(number)
    names, cities, years = zip(*rows, strict=True)
    table = {
        "id": [f"p{number}" for number in range(len(rows))],
        "name": list(names),
        "city": list(cities),
        "born": list(years),
    }
    return read_records(pa.table(table), key="id"), entity


def as_rows(labels: Labels | None) -> list[dict[str, object]]:
    return [] if labels is None else labels.table().to_pylist()


def test_the_first_two_sets_hold_matches_and_non_matches() -> None:
    records, entity = people()

    questions = LabelingLoop(records).ask(sets=2)

    pairs = TruthOracle(entity).answer(questions).pairs(records)
    assert len(questions) == 20
    assert pairs.is_match.any()
    assert not pairs.is_match.all()


def test_while_no_answer_was_a_match_the_likeliest_pairs_are_asked_next() -> None:
    records, _ = people()
    loop, nobody = LabelingLoop(records), TruthOracle(list(range(len(records))))
    loop.learn(nobody.answer(loop.ask(sets=2)))
    pairs = loop.scores.pairs
    strength = dict(zip(pairs.ids().tolist(), pairs.strength.tolist(), strict=True))

    asked = loop.ask(sets=5, rows=2)

    likeness = [strength[int(min(rows)) << 32 | int(max(rows))] for rows in asked.sets]
    assert len(likeness) == 5
    assert min(likeness) > np.quantile(pairs.strength, 0.8)


def test_rounds_of_questions_make_the_matching_right() -> None:
    records, entity = people()
    loop, oracle = LabelingLoop(records), TruthOracle(entity)

    for _ in range(3):
        loop.learn(oracle.answer(loop.ask(sets=3)))
    matches = loop.match()

    found = len(set(matches.match_id.tolist()))
    assert loop.labels is not None
    assert loop.labels.is_ready
    assert abs(found - len(set(entity))) <= 3


def test_the_same_seed_asks_the_same_questions() -> None:
    records, entity = people()
    tables = []
    for _ in range(2):
        loop = LabelingLoop(records, seed=5)
        loop.learn(TruthOracle(entity).answer(loop.ask(sets=2)))
        tables.append(loop.ask(sets=2).to_table())

    assert tables[0].equals(tables[1])


def test_a_new_loop_with_the_labels_so_far_asks_something_new() -> None:
    records, entity = people()
    first = LabelingLoop(records)
    labels = TruthOracle(entity).answer(first.ask(sets=10, rows=2))

    again = LabelingLoop(records, labels).ask(sets=10, rows=2)

    asked = labels.pairs(records).ids().tolist()
    new = TruthOracle(entity).answer(again).pairs(records).ids().tolist()
    assert len(new) == 10
    assert not set(asked) & set(new)


@pytest.mark.parametrize("strategy", ["random", "margin"])
def test_every_row_is_shown_once_in_a_round(strategy: str) -> None:
    records, entity = people()
    loop = LabelingLoop(records, strategy=strategy)
    loop.learn(TruthOracle(entity).answer(loop.ask(sets=2)))

    questions = loop.ask(sets=50, rows=10)

    shown = questions.positions.tolist()
    assert len(shown) == len(set(shown))
    assert questions.strategy == strategy
    assert questions.round == 1


def test_only_labels_are_learned_from() -> None:
    records, _ = people()

    with pytest.raises(UsageError, match="labels cannot be a str; give what read_labels returns"):
        LabelingLoop(records).learn("answers.csv")  # type: ignore[arg-type]


def test_learning_replaces_or_merges() -> None:
    records, entity = people()
    loop, oracle = LabelingLoop(records), TruthOracle(entity)
    one, two = oracle.answer(loop.ask(sets=2)), oracle.answer(loop.ask(sets=3, rows=5))

    loop.learn(one)
    loop.learn(two)
    assert as_rows(loop.labels) == as_rows(one.merged(two))

    loop.learn(two, replace_all=True)
    assert as_rows(loop.labels) == as_rows(two)


def test_labels_of_another_table_change_nothing() -> None:
    records, entity = people()
    loop = LabelingLoop(records)
    loop.learn(TruthOracle(entity).answer(loop.ask(sets=2)))
    before = loop.labels
    other = Labels.of(pa.table({"labeling_set_id": ["1"], "label": ["A"], "code": ["x"]}))

    with pytest.raises(LabelFileError, match="lack the key column 'id'"):
        loop.learn(other, replace_all=True)

    assert loop.labels is before


def test_a_table_of_two_rows_is_asked_about_once() -> None:
    records = read_records(pa.table({"id": ["1", "2"], "name": ["x", "y"]}), key="id")
    loop = LabelingLoop(records)

    questions = loop.ask()
    loop.learn(TruthOracle([1, 2]).answer(questions))

    assert sorted(questions.positions.tolist()) == [0, 1]
    assert len(loop.ask()) == 0


def test_rows_that_are_all_equal_are_no_question() -> None:
    table = pa.table({"id": [str(i) for i in range(30)], "name": ["same"] * 30})

    questions = LabelingLoop(read_records(table, key="id")).ask(sets=2)

    assert len(questions.sets) == 0


def test_every_set_after_the_first_answers_starts_with_a_pair_that_labels_changed() -> None:
    table = registry.load("variants", rows=300)  # without labels, variants of a product are joined
    records = table.records()
    loop, oracle = LabelingLoop(records, seed=1), TruthOracle(entities(table.truth, len(table)))
    loop.learn(oracle.answer(loop.ask(sets=3)))
    without = LabelingLoop(records, seed=1).scores.probability
    changed = (loop.scores.probability >= 0.5) != (without >= 0.5)
    ids = set(loop.scores.pairs.ids()[changed].tolist())

    asked = loop.ask(sets=3)
    loop.learn(oracle.answer(asked))

    assert asked.changed
    for (one, other, _), rows in zip(asked.changed, asked.sets, strict=False):
        assert {one, other} <= set(rows.tolist())
        assert min(one, other) << 32 | max(one, other) in ids
    told = loop.outlook().changed
    assert told is not None
    assert told.answered == len(asked.changed)


def test_an_unknown_strategy_and_too_few_rows_are_refused() -> None:
    records, _ = people(6)

    with pytest.raises(UnknownName, match="known: anchored_margin"):
        LabelingLoop(records, strategy="best")
    with pytest.raises(UsageError, match="at least 1 set"):
        LabelingLoop(records).ask(sets=0)


def test_asking_tells_its_stages_in_order() -> None:
    records, _ = people()
    stages: list[str] = []

    LabelingLoop(records).ask(sets=2, on_stage=lambda stage, _: stages.append(stage))

    assert list(dict.fromkeys(stages)) == [
        "block",
        "compare and score",
        "learn",
        "choose questions",
    ]


def answered(loop: LabelingLoop, entity: list[int], sets: int) -> Labels:
    asked = loop.ask(sets=sets)
    return asked.answered([str(entity[row]) for row in asked.positions.tolist()])


def test_an_outlook_advises_and_a_new_loop_with_the_same_labels_advises_the_same() -> None:
    records, entity = people()
    loop = LabelingLoop(records)
    before = loop.outlook()
    sizes = []
    for _ in range(3):
        loop.learn(answered(loop, entity, 1))
        sizes.append(0 if loop.labels is None else len(loop.labels))
        outlook = loop.outlook(10)

    again = LabelingLoop(records, loop.labels).outlook(10)

    assert not before.stop
    assert before.checkpoints == ()
    assert [one.labels for one in outlook.checkpoints] == sizes
    assert outlook.change is not None
    assert outlook.to_dict() == again.to_dict()


def test_with_nothing_left_to_ask_an_outlook_stops() -> None:
    records, entity = people()
    loop = LabelingLoop(records)
    loop.learn(answered(loop, entity, 2))

    assert loop.outlook(0).stop
    assert "nothing is left" in loop.outlook(0).line()


@pytest.mark.parametrize("label", ["same", None])
def test_labels_with_one_answer_only_are_never_enough(label: str | None) -> None:
    records, _ = people()
    loop = LabelingLoop(records)
    asked = loop.ask(sets=1)
    loop.learn(asked.answered([label or str(row) for row in asked.positions.tolist()]))

    outlook = loop.outlook()

    assert not outlook.stop
    assert "both a match and a non-match" in outlook.why
    assert len(loop.ask(sets=2)) == 20
    assert len(loop.match().match_id) == len(records)


def test_labels_that_were_replaced_are_no_earlier_round() -> None:
    records, entity = people()
    loop = LabelingLoop(records)
    loop.learn(answered(loop, entity, 1))
    loop.learn(answered(loop, entity, 2), replace_all=True)

    assert len(loop.outlook().checkpoints) == 1


def test_two_batches_without_answers_ask_other_rows() -> None:
    records, _ = people()
    loop = LabelingLoop(records)

    first, second = loop.ask(sets=3), loop.ask(sets=3)

    assert len(first) == len(second) == 30
    assert not set(first.positions.tolist()) & set(second.positions.tolist())


def test_sets_asked_one_at_a_time_share_no_row_while_they_are_open() -> None:
    records, entity = people()
    loop = LabelingLoop(records)
    open_ = [loop.ask(sets=1) for _ in range(3)]
    shown = [row for asked in open_ for row in asked.positions.tolist()]
    assert len(shown) == len(set(shown)) == 30

    loop.learn(TruthOracle(entity).answer(open_.pop(0)))
    following = loop.ask(sets=1, overlap=0.3)

    still_open = {row for asked in open_ for row in asked.positions.tolist()}
    assert len(following.sets) == 1
    assert not still_open & set(following.positions.tolist())


def test_a_loop_in_a_new_process_asks_no_row_of_the_sets_it_holds() -> None:
    records, entity = people()
    before = LabelingLoop(records)
    open_ = before.ask(sets=3)
    loop = LabelingLoop(records)
    for set_id, rows in zip(open_.set_ids, open_.sets, strict=True):
        loop.hold(set_id, rows)

    assert not set(loop.ask(sets=3).positions.tolist()) & set(open_.positions.tolist())

    loop.learn(TruthOracle(entity).answer(open_))
    assert set(loop.ask(sets=3, overlap=0.3).positions.tolist()) & set(open_.positions.tolist())


def test_a_released_batch_is_asked_again_and_an_answered_one_is_not_open() -> None:
    records, entity = people()
    loop = LabelingLoop(records)
    first, second = loop.ask(sets=4), loop.ask(sets=4)

    loop.release(second)
    third = loop.ask(sets=4)
    loop.learn(TruthOracle(entity).answer(first))
    fourth = loop.ask(sets=2, overlap=0.3)

    assert set(third.positions.tolist()) & set(second.positions.tolist())
    assert not set(third.positions.tolist()) & set(first.positions.tolist())
    assert set(fourth.positions.tolist()) & set(first.positions.tolist())
    assert not set(fourth.positions.tolist()) & set(third.positions.tolist())
    loop.release()
    assert set(loop.ask(sets=8).positions.tolist()) & set(third.positions.tolist())


def pairs_asked(loop: LabelingLoop) -> set[tuple[int, int]]:
    """Ask about as many pairs as there are, and give them back."""
    asked = loop.ask(sets=40, rows=2)
    loop.release(asked)
    return {(int(min(rows)), int(max(rows))) for rows in asked.sets}


def test_a_pair_that_was_passed_over_is_never_asked_again_and_its_rows_are_free() -> None:
    records, entity = people()
    loop = LabelingLoop(records)
    asked = loop.ask(sets=3, rows=2)
    over, open_ = asked.sets[0], set(asked.positions[2:].tolist())

    loop.pass_over(over)
    rounds = [pairs_asked(loop) for _ in range(3)]

    assert all((int(over.min()), int(over.max())) not in pairs for pairs in rounds)
    assert any(set(over.tolist()) & set(pair) for pairs in rounds for pair in pairs)
    assert not any(open_ & set(pair) for pairs in rounds for pair in pairs)

    loop.learn(TruthOracle(entity).answer(loop.ask(sets=2)))
    after = pairs_asked(loop)
    for pair in after:
        loop.pass_over(np.array(pair, np.int32))
    assert len(after) > 5
    assert not after & pairs_asked(loop)


def test_a_pair_of_an_audit_is_never_asked() -> None:
    records, entity = people()
    likeliest = sorted(pairs_asked(LabelingLoop(records)))[:4]
    rows = [row for pair in likeliest for row in pair]
    sets = [f"audit-0123abcd-{at // 2:04d}" for at in range(len(rows))]
    taken = records.table.take(pa.array(rows))
    audit = Labels.of(
        pa.Table.from_arrays(
            [pa.array(sets), pa.array([str(entity[row]) for row in rows]), *taken.columns],
            names=["labeling_set_id", "label", *taken.column_names],
        ),
        key="id",
    )
    loop = LabelingLoop(records)

    loop.learn(audit)

    assert len(loop.ask(sets=1, rows=2).sets) == 1
    loop.release()
    assert not set(likeliest) & pairs_asked(loop)


def test_only_askable_rows_are_asked_and_the_mask_stays_as_it_was_given() -> None:
    records, entity = people()
    askable = np.arange(len(records)) % 2 == 0
    given = askable.copy()
    loop = LabelingLoop(records, askable=askable)

    first = loop.ask(sets=2)
    second = loop.ask(sets=2)
    loop.learn(TruthOracle(entity).answer(first))
    third = loop.ask(sets=2)

    asked = np.concatenate((first.positions, second.positions, third.positions))
    assert len(asked) > 20
    assert given[asked].all()
    assert (askable == given).all()


def test_the_settings_of_a_matcher_are_those_of_the_loop() -> None:
    records, _ = people(20)

    loop = LabelingLoop(records, matcher=Matcher(threshold=0.9, seed=4))

    assert (loop.matcher.threshold, loop.matcher.seed) == (0.9, 4)
    assert LabelingLoop(records, seed=3).matcher.seed == 3


def test_a_later_round_draws_other_questions_though_nothing_was_learned() -> None:
    records, entity = people()
    loop = LabelingLoop(records, strategy="random")
    loop.learn(TruthOracle(entity).answer(loop.ask(sets=2)))

    drawn = []
    for _ in range(2):
        asked = loop.ask(sets=5, rows=2)
        loop.release(asked)
        drawn.append({frozenset(rows.tolist()) for rows in asked.sets})

    assert drawn[0] != drawn[1]


def test_of_a_set_that_was_passed_over_no_two_rows_are_asked_together() -> None:
    records, _ = people()
    loop = LabelingLoop(records)
    pairs = sorted(pairs_asked(LabelingLoop(records)))[:4]
    firsts, seconds = (list(ends) for ends in zip(*pairs, strict=True))

    loop.pass_over(np.array([*firsts, *seconds], np.int32))

    assert not set(pairs) & pairs_asked(loop)


def test_rows_of_a_set_are_in_the_order_of_their_text() -> None:
    records, _ = people()

    asked = LabelingLoop(records).ask(sets=3)

    for rows in asked.sets:
        assert by_likeness(records, rows[::-1].copy()).tolist() == rows.tolist()


def test_checkpoints_of_earlier_rounds_are_those_that_each_round_had() -> None:
    records, entity = people(30)
    loop = LabelingLoop(records)
    alone: list[Checkpoint] = []
    for _ in range(3):
        loop.learn(answered(loop, entity, 1))
        alone += LabelingLoop(records, loop.labels).outlook(look_back=0).checkpoints

    together = LabelingLoop(records, loop.labels).outlook().checkpoints

    assert [(one.labels, one.predicted, one.expected_f1) for one in together] == [
        (one.labels, one.predicted, one.expected_f1) for one in alone
    ]
    assert len({one.expected_f1 for one in alone}) == 3


def test_where_all_askable_rows_are_labelled_no_doubt_is_left_to_ask_about() -> None:
    records, entity = people(30)
    labels = answered(LabelingLoop(records), entity, 1)
    keys = set(labels.values["id"].to_pylist())
    askable = np.array([key in keys for key in records.keys.to_pylist()])

    doubts = [
        LabelingLoop(records, labels, askable=mask).outlook(look_back=0).checkpoints[-1].doubt
        for mask in (None, askable)
    ]

    assert doubts[0] > 0
    assert doubts[1] == 0
