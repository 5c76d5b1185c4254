import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest

from matchloop.active_learning.loop import LabelingLoop
from matchloop.data.io import read_records
from matchloop.data.io.bundles import Bundle, write_bundle
from matchloop.data.labels import Labels
from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.data.records import Records
from matchloop.errors import BundleError, TableError, UsageError
from matchloop.matching.backends import Near, PreparedTable, prepare
from matchloop.matching.matcher import Matcher

DATA = Path(__file__).parents[3] / "data"


@pytest.fixture(scope="module")
def customers() -> PreparedTable:
    return prepare(read_records(DATA / "customers.csv", key="id"))


@pytest.fixture(scope="module")
def truth() -> dict[str, str]:
    rows = csv.read_csv(DATA / "customers_truth.csv").to_pylist()
    return {str(row["id"]): str(row["customer"]) for row in rows}


@pytest.fixture(scope="module")
def labels(customers: PreparedTable, truth: dict[str, str]) -> Labels:
    table = customers.records.table.slice(0, 60)
    sets = pa.array([str(number // 20) for number in range(60)])
    given = pa.array([truth[key] for key in table.column("id").to_pylist()])
    return Labels.of(table.add_column(0, "label", given).add_column(0, "labeling_set_id", sets))


@pytest.fixture(scope="module")
def taught(customers: PreparedTable, labels: Labels) -> Matcher:
    """A matcher of default settings, fitted to the labels."""
    return Matcher().fit(customers, labels)


def rows(records: Records, keep: slice) -> Records:
    positions = np.arange(len(records))[keep]
    return replace(records, table=records.table.take(pa.array(positions)))


def pairs_in(match_id: np.ndarray, entity: list[str]) -> tuple[int, int, int]:
    """Return how many pairs are in a group, in an entity, in both."""
    same_group = match_id[:, None] == match_id[None, :]
    same_entity = np.array(entity)[:, None] == np.array(entity)[None, :]
    upper = np.triu(np.ones_like(same_group), 1).astype(bool)
    return (
        int((same_group & upper).sum()),
        int((same_entity & upper).sum()),
        int((same_group & same_entity & upper).sum()),
    )


def test_customers_are_matched_without_a_label(
    customers: PreparedTable, truth: dict[str, str]
) -> None:
    matcher = Matcher().fit(customers)

    matches = matcher.find_matches(customers)

    entity = [truth[key] for key in customers.records.keys.to_pylist()]
    found, true, both = pairs_in(matches.match_id, entity)
    assert 2 * both / (found + true) > 0.9
    assert matcher.assumed.startswith("No labels")


def test_labels_take_the_place_of_assumptions(customers: PreparedTable, taught: Matcher) -> None:
    assert taught.assumed == ""
    assert sum(taught.column_importances.values()) == pytest.approx(1)
    assert set(taught.column_importances) == set(customers.records.columns)


def test_a_fitted_matcher_is_a_copy(customers: PreparedTable) -> None:
    blank = Matcher()

    fitted = blank.fit(customers)

    assert fitted.is_fitted
    assert not blank.is_fitted


def test_an_unfitted_matcher_says_so(customers: PreparedTable) -> None:
    with pytest.raises(UsageError, match="call fit first"):
        Matcher().find_matches(customers)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("precision_recall", 1.5, "precision_recall is 1.5; give a number from 0 to 1"),
        ("accuracy_cost", -1, "accuracy_cost is -1; give a number from 0 to 1"),
        ("accuracy_cost", "half", "accuracy_cost is 'half'; give a number"),
        ("precision_recall", float("nan"), "precision_recall is nan"),
        ("threshold", 1.01, "threshold is 1.01; give a probability from 0 to 1"),
        ("threshold", True, "threshold is True; give a probability"),
        ("enforce_labels", "yes", "enforce_labels is 'yes'; give True or False"),
        ("prior", 1, "prior is 1; give True or False"),
        ("per_source", "x", "per_source is 'x'; give 'one' or 'many'"),
        ("max_size", 0, "max_size is 0; give a whole number of at least 1"),
        ("max_size", "3", "max_size is '3'; give a whole number"),
        ("max_size", True, "max_size is True"),
        ("seed", -1, "seed is -1; give a whole number of at least 0"),
        ("seed", None, "seed is None"),
        ("rules", ["city", 3], "give one blocking rule such as"),
        ("rules", "city[:0]", "takes no characters"),
    ],
)
def test_a_setting_is_checked_when_given(name: str, value: object, expected: str) -> None:
    with pytest.raises(UsageError, match=re.escape(expected)):
        Matcher(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("end", [0, 1])
def test_the_ends_of_a_range_are_settings(end: int) -> None:
    assert Matcher(precision_recall=end, accuracy_cost=end, max_size=1).accuracy_cost == end
    assert Matcher(threshold=end).merges_from == end


@pytest.mark.parametrize("call", [Matcher().fit, Matcher().prepare, LabelingLoop])
def test_what_is_no_table_is_refused_with_the_way_to_make_one(call: Callable[..., Any]) -> None:
    with pytest.raises(UsageError, match="records cannot be a Table; give what read_records"):
        call(pa.table({"id": ["1"], "name": ["Ann"]}))


@pytest.mark.parametrize("call", [Matcher().fit, LabelingLoop])
def test_what_are_no_labels_is_refused_with_the_way_to_make_them(
    call: Callable[..., Any], customers: PreparedTable
) -> None:
    with pytest.raises(UsageError, match="labels cannot be a dict; give what read_labels returns"):
        call(customers, {"1": "a"})


def test_a_rule_that_stands_alone_is_one_rule() -> None:
    assert Matcher(rules="city, name").rules == ("city, name",)  # type: ignore[arg-type]
    assert Matcher(rules=["city", "name"]).rules == ("city", "name")  # type: ignore[arg-type]


def test_a_changed_setting_blocks_the_table_again(customers: PreparedTable) -> None:
    fitted = Matcher(accuracy_cost=0.0).fit(customers.records)

    scores = replace(fitted, accuracy_cost=1.0).score(customers.records)

    fresh = prepare(customers.records, effort=1.0)
    assert scores.pairs.ids().tolist() == fresh.candidates.ids().tolist()
    assert len(scores) > len(fitted.score(customers.records))


@pytest.mark.parametrize("changed", [{"accuracy_cost": 0.9}, {"rules": ("city",)}])
def test_a_table_prepared_with_other_settings_is_refused(
    customers: PreparedTable, changed: dict[str, object]
) -> None:
    other = Matcher(**changed)  # type: ignore[arg-type]
    fitted = replace(Matcher().fit(customers), **changed)  # type: ignore[arg-type]

    for call in (other.fit, fitted.find_matches, fitted.score, fitted.blocking_report):
        with pytest.raises(UsageError, match="was prepared with accuracy_cost 0.5 and no rules"):
            call(customers)
    assert other.fit(other.prepare(customers.records)).is_fitted


def test_labels_stay_with_the_records_they_were_given_for(
    customers: PreparedTable, labels: Labels, tmp_path: Path
) -> None:
    matcher = Matcher(enforce_labels=True).fit(customers, labels)
    matcher.save(tmp_path / "model")
    table = customers.records.table
    keys = table.column("id").take(pa.array(np.arange(len(table))[::-1]))
    other = read_records(table.set_column(0, "id", keys), key="id")

    found = matcher.find_matches(other)

    expected = Matcher.load(tmp_path / "model").find_matches(other)
    assert found.match_id.tolist() == expected.match_id.tolist()
    assert "label" not in found.scores.pairs.rule_names


def test_labels_go_with_the_same_records_in_another_table(
    customers: PreparedTable, labels: Labels
) -> None:
    matcher = Matcher(enforce_labels=True).fit(customers, labels)
    table = customers.records.table.slice(0, 90)
    wider = table.append_column("note", pa.array(["x"] * 90))
    later = read_records(
        wider.take(pa.array(np.arange(90)[::-1])), key="id", kinds={"note": "ignore"}
    )

    matches = matcher.find_matches(later)

    pairs = labels.pairs(customers.records)
    left, right = (89 - ends for ends in (pairs.left, pairs.right))
    assert ((matches.match_id[left] == matches.match_id[right]) == pairs.is_match).all()


def test_labels_against_all_likeness_move_with_their_records(customers: PreparedTable) -> None:
    """Two strangers are labelled as one customer, and two entries of one customer as two."""
    places = [0, 1, 10, 15]
    table = customers.records.table.take(pa.array(places))
    sets, given = pa.array(["s", "s", "t", "t"]), pa.array(["a", "a", "b", "c"])
    wrong = Labels.of(table.add_column(0, "label", given).add_column(0, "labeling_set_id", sets))
    moved = pa.array(np.arange(len(customers.records))[::-1])
    later = read_records(customers.records.table.take(moved), key="id")

    plain = Matcher().fit(customers).find_matches(later)
    taught = Matcher(enforce_labels=True).fit(customers, wrong).find_matches(later)

    keys = later.keys.to_pylist()
    rows = [keys.index(key) for key in table.column("id").to_pylist()]
    found = [
        [
            bool(groups.match_id[one] == groups.match_id[other])
            for one, other in (rows[:2], rows[2:])
        ]
        for groups in (plain, taught)
    ]
    assert found == [[False, True], [True, False]]


def test_labels_of_a_later_table_can_be_given(
    customers: PreparedTable, labels: Labels, tmp_path: Path
) -> None:
    Matcher(enforce_labels=True).fit(customers).save(tmp_path / "model")
    matcher = Matcher.load(tmp_path / "model")

    matches = matcher.find_matches(customers.records, labels=labels)

    pairs = labels.pairs(customers.records)
    together = matches.match_id[pairs.left] == matches.match_id[pairs.right]
    assert (together == pairs.is_match).all()


def test_scores_made_before_give_the_groups_that_the_matcher_finds(
    customers: PreparedTable, labels: Labels
) -> None:
    matcher = Matcher(enforce_labels=True).fit(customers, labels)
    scores, context = matcher.score_in_context(customers)

    found = matcher.find_matches(customers)
    whole = matcher.group(customers, scores, context)
    alone = matcher.group(customers, scores)

    assert whole.match_id.tolist() == found.match_id.tolist()
    assert whole.confidence.tolist() == found.confidence.tolist()
    pairs = labels.pairs(customers.records)
    together = alone.match_id[pairs.left] == alone.match_id[pairs.right]
    assert (together == pairs.is_match).all()


def test_results_of_an_earlier_run_are_never_compared(customers: PreparedTable) -> None:
    before = Matcher().fit(customers).find_matches(customers).table()
    existing = read_records(before.slice(0, 200), key="id")
    new = read_records(customers.records.table.slice(200), key="id")

    matches = Matcher().fit(existing).find_incremental_matches(existing, new)

    assert existing.columns == customers.records.columns
    assert len(matches) == len(customers.records)
    with pytest.raises(UsageError, match="'match_id' is a result of an earlier run"):
        read_records(before, key="id", kinds={"match_id": "number"})


def test_the_id_of_a_deleted_group_goes_to_nobody(customers: PreparedTable) -> None:
    matcher = Matcher().fit(customers)
    before = matcher.find_matches(customers)
    kept = np.flatnonzero(before.match_id < 20)
    existing = read_records(before.table().take(pa.array(kept)), key="id")
    stranger = customers.records.table.slice(0, 1).to_pylist()[0] | {
        "id": "new",
        **{name: f"{name} of nobody else" for name in customers.records.columns},
    }
    new = read_records(
        pa.Table.from_pylist([stranger], schema=customers.records.table.schema), key="id"
    )

    matches = matcher.find_incremental_matches(existing, new, next_id=before.next_id)

    assert before.next_id == before.match_id.max() + 1
    assert matches.match_id[-1] == before.next_id
    assert matches.next_id == before.next_id + 1


def test_more_precision_always_refines_the_groups(
    customers: PreparedTable, taught: Matcher
) -> None:
    groups = [
        replace(taught, precision_recall=dial).find_matches(customers).match_id
        for dial in (0.0, 0.3, 0.5, 0.8, 1.0)
    ]

    for coarse, fine in zip(groups, groups[1:], strict=False):
        parents = {(int(b), int(a)) for a, b in zip(coarse, fine, strict=True)}
        assert len({child for child, _ in parents}) == len(parents)


def test_enforced_labels_are_kept_exactly(customers: PreparedTable, labels: Labels) -> None:
    matches = Matcher(enforce_labels=True).fit(customers, labels).find_matches(customers)

    pairs = labels.pairs(customers.records)
    together = matches.match_id[pairs.left] == matches.match_id[pairs.right]
    assert (together == pairs.is_match).all()


def test_a_saved_matcher_matches_the_same(
    customers: PreparedTable, labels: Labels, tmp_path: Path
) -> None:
    matcher = Matcher(precision_recall=0.6, rules=("phone",)).fit(customers.records, labels)
    matcher.save(tmp_path / "model")

    loaded = Matcher.load(tmp_path / "model")

    assert loaded == matcher
    scores = loaded.score(rows(customers.records, slice(None)))
    assert scores.probability.tobytes() == matcher.score(customers.records).probability.tobytes()


def test_a_model_refuses_a_table_that_is_compared_in_other_ways(
    customers: PreparedTable, taught: Matcher
) -> None:
    other = replace(customers.records, kinds=dict(list(customers.records.kinds.items())[::-1]))

    with pytest.raises(TableError, match="compared in other ways"):
        taught.find_matches(prepare(other))


@pytest.mark.parametrize("settings", [{}, {"rules": None}, {"rules": []}])
def test_a_bundle_without_a_model_is_refused(settings: dict[str, object], tmp_path: Path) -> None:
    write_bundle(tmp_path / "model", Bundle({"matcher": settings}, {}))

    with pytest.raises(BundleError, match="damaged"):
        Matcher.load(tmp_path / "model")


def test_a_table_that_lacks_a_column_is_refused(customers: PreparedTable, taught: Matcher) -> None:
    narrow = customers.records.table.drop_columns(["phone"])

    with pytest.raises(TableError, match="lacks 'phone'"):
        taught.find_matches(read_records(narrow, key="id"))


def test_an_explanation_adds_up(customers: PreparedTable, taught: Matcher) -> None:
    scores = taught.score(customers)
    at = int(scores.probability.argmax())
    left, right = (
        customers.records.keys[int(side[at])].as_py()
        for side in (scores.pairs.left, scores.pairs.right)
    )

    explanation = taught.explain(customers, left, right)

    total = explanation.base + sum(one.amount for one in explanation.contributions)
    assert total == pytest.approx(explanation.probability, abs=1e-6)
    assert explanation.probability == pytest.approx(float(scores.probability[at]), abs=1e-5)
    assert explanation.is_candidate


def test_an_unknown_key_cannot_be_explained(customers: PreparedTable) -> None:
    with pytest.raises(UsageError, match="no record with key 'nobody'"):
        Matcher().fit(customers).explain(customers, "nobody", "1001")


def test_new_records_join_groups_whose_ids_stay(customers: PreparedTable, taught: Matcher) -> None:
    records = customers.records
    old, new = rows(records, slice(0, None, 2)), rows(records, slice(1, None, 2))
    before = taught.find_matches(old)
    existing = read_records(before.table(), key="id")

    after = taught.find_incremental_matches(existing, new)

    assert after.records.keys.to_pylist() == old.keys.to_pylist() + new.keys.to_pylist()
    first = after.match_id[: len(old)]
    same_before = before.match_id[:, None] == before.match_id[None, :]
    same_after = first[:, None] == first[None, :]
    assert (same_after | ~same_before).all()
    assert after.changes is not None
    assert len(after.changes.split) == 0
    kept = np.isin(first, before.match_id)
    assert kept.all()


def test_a_key_in_both_tables_is_refused(customers: PreparedTable) -> None:
    matcher = Matcher().fit(customers)
    existing = read_records(matcher.find_matches(customers).table(), key="id")

    with pytest.raises(TableError, match="keys stand in both tables"):
        matcher.find_incremental_matches(existing, customers.records)


def test_linkage_never_compares_records_of_one_source() -> None:
    shops = read_records(DATA / "products_two_shops.csv", key="id", source="shop")

    matcher = Matcher().fit(shops)
    matches = matcher.find_matches(shops)

    sources = shops.sources
    assert sources is not None
    assert (sources[matches.scores.pairs.left] != sources[matches.scores.pairs.right]).all()
    one, other, elsewhere = (
        shops.keys[int(row)].as_py()
        for row in (*np.flatnonzero(sources == 0)[:2], np.flatnonzero(sources == 1)[0])
    )
    assert matcher.explain(shops, one, other).is_within_source
    assert not matcher.explain(shops, one, elsewhere).is_within_source


def test_the_same_seed_gives_the_same_bytes(customers: PreparedTable, labels: Labels) -> None:
    once = Matcher(seed=3).fit(customers, labels).find_matches(customers)
    again = Matcher(seed=3).fit(customers, labels).find_matches(customers)

    assert once.match_id.tobytes() == again.match_id.tobytes()
    assert once.scores.probability.tobytes() == again.scores.probability.tobytes()


def test_the_prior_is_an_option_that_changes_little(
    customers: PreparedTable, labels: Labels, taught: Matcher
) -> None:
    plain = taught.score(customers).probability
    leaning = Matcher(prior=True).fit(customers, labels).score(customers).probability

    assert plain.tobytes() != leaning.tobytes()
    assert np.mean((plain >= 0.5) == (leaning >= 0.5)) > 0.99


def test_rules_hold_for_equal_records_too() -> None:
    names = [f"{first} {last}" for first in ("Ann", "Bob", "Cid") for last in ("Lee", "Ray", "Poe")]
    rows = [(f"{name} {copy}", "ab"[copy % 2], name) for name in names for copy in range(5)]
    keys, shops, values = zip(*rows, strict=True)
    table = pa.table({"id": list(keys), "shop": list(shops), "name": list(values)})
    people = read_records(table.drop_columns(["shop"]), key="id")
    shops_apart = read_records(table, key="id", source="shop")

    small = Matcher(max_size=2).fit(people).find_matches(people)
    paired = Matcher(per_source="one").fit(shops_apart).find_matches(shops_apart)

    assert np.bincount(small.match_id).max() == 2
    spots = list(zip(paired.match_id.tolist(), shops, strict=True))
    assert len(set(spots)) == len(spots)
    assert not [note for note in (*small.notes, *paired.notes) if "labels hold" in note]


def test_a_threshold_takes_the_place_of_the_tradeoff_and_is_saved(
    customers: PreparedTable, tmp_path: Path
) -> None:
    fitted = Matcher(threshold=0.75).fit(customers)
    fitted.save(tmp_path / "saved.model")

    assert (Matcher().merges_from, fitted.merges_from) == (0.5, 0.75)
    assert Matcher.load(tmp_path / "saved.model").merges_from == 0.75
    with pytest.raises(UsageError, match="precision_recall 0.9 and threshold 0.75 were both given"):
        replace(fitted, precision_recall=0.9)


def test_a_fitted_matcher_can_learn_from_a_table_of_other_columns(customers: PreparedTable) -> None:
    narrow = read_records(customers.records.table.drop_columns(["phone"]), key="id")

    again = Matcher().fit(customers).fit(narrow)

    assert set(again.column_importances) == set(narrow.columns)


def test_another_seed_gives_other_bytes(customers: PreparedTable, labels: Labels) -> None:
    one, other = (
        Matcher(seed=seed).fit(customers, labels).score(customers).probability for seed in (1, 2)
    )

    assert one.tobytes() != other.tobytes()


def test_the_prior_scores_all_pairs_while_labels_are_few(
    customers: PreparedTable, taught: Matcher
) -> None:
    assert not Matcher().leans_on_prior
    assert not Matcher().fit(customers).leans_on_prior
    assert taught.leans_on_prior


def test_only_pairs_around_new_records_are_scored(customers: PreparedTable) -> None:
    matcher = Matcher().fit(customers)
    everything = matcher.find_matches(customers)
    existing = read_records(everything.table().slice(0, len(everything) - 1), key="id")
    new = rows(customers.records, slice(-1, None))

    matches = matcher.find_incremental_matches(existing, new)

    pairs, groups = matches.scores.pairs, matches.match_id
    last = len(matches) - 1
    touched = np.append(pairs.left[pairs.right == last], last)
    around = set(groups[touched].tolist())
    assert len(pairs) > 0
    assert {*groups[pairs.left].tolist(), *groups[pairs.right].tolist()} <= around
    previous = np.append(everything.match_id[:-1], -1)
    near = Matcher().prepare(matches.records, near=Near(previous < 0, previous))
    assert len(pairs) <= len(near.candidates) < len(everything.scores) / 2


def test_labels_of_old_and_new_records_hold_when_records_are_added(
    customers: PreparedTable,
) -> None:
    """A stranger and a customer are labelled as one, against all likeness."""
    matcher = Matcher(enforce_labels=True).fit(customers)
    before = matcher.find_matches(rows(customers.records, slice(0, -1)))
    existing = read_records(before.table(), key="id")
    new = rows(customers.records, slice(-1, None))
    table = customers.records.table.take(pa.array([0, len(customers.records) - 1]))
    said = Labels.of(
        table.add_column(0, "label", pa.array(["a", "a"])).add_column(
            0, "labeling_set_id", pa.array(["s", "s"])
        )
    )

    plain, taught = (
        matcher.find_incremental_matches(existing, new, labels=labels).match_id
        for labels in (None, said)
    )

    assert plain[0] != plain[-1]
    assert taught[0] == taught[-1]


def made() -> tuple[PreparedTable, Scores]:
    """Three records that are alike by scores made elsewhere, and one that is not."""
    names = ["ann lee", "ann lea", "ann lei", "bob ray"]
    table = prepare(read_records(pa.table({"id": list("abcd"), "name": names}), key="id"))
    pairs = CandidatePairs.of(np.array([0, 0, 1]), np.array([1, 2, 2]))
    return table, Scores(pairs, np.full(3, 0.9, np.float32))


def test_labels_are_evidence_about_their_pair_or_kept_exactly() -> None:
    table, scores = made()
    rows = {"id": ["a", "b"], "name": ["ann lee", "ann lea"]}
    apart = Labels.of(
        pa.table({"labeling_set_id": ["s", "s"], "label": ["x", "y"]} | rows), key="id"
    )

    without, evidence, enforced = (
        Matcher(threshold=0.4, enforce_labels=enforce)
        .group(table, scores, labels=labels)
        .match_id.tolist()
        for enforce, labels in ((False, None), (False, apart), (True, apart))
    )

    assert without == evidence == [0, 0, 0, 1]
    assert enforced[0] != enforced[1]
    by_pair = Matcher().group(table, scores, labels=apart).scores
    assert by_pair.probability.tolist() == pytest.approx([0.0, 0.9, 0.9])


def test_scores_made_elsewhere_leave_earlier_groups_their_ids() -> None:
    table, scores = made()
    uneven = Scores(scores.pairs, np.array([0.1, 0.9, 0.1], np.float32))

    matches = Matcher().group(table, uneven, previous=np.array([7, 8, -1, 9]))

    assert matches.match_id.tolist() == [7, 8, 7, 9]


def test_the_report_on_blocking_counts_labelled_matches_that_may_be_candidates() -> None:
    shops = read_records(DATA / "products_two_shops.csv", key="id", source="shop")
    sources = shops.sources
    assert sources is not None
    first, second = (np.flatnonzero(sources == shop) for shop in (0, 1))
    # two rows of one shop and one of the other are labelled as one product, two as others
    chosen = pa.array([*first[:2], *second[:3]])
    table = shops.table.take(chosen)
    labels = Labels.of(
        table.add_column(0, "label", pa.array(["p", "p", "p", "q", "r"])).add_column(
            0, "labeling_set_id", pa.array(["s"] * 5)
        )
    )

    report = Matcher().blocking_report(shops, labels)

    assert report.matches == 2
    assert Matcher().blocking_report(shops).matches is None
