"""What the report on blocking says."""

import json

import numpy as np

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.blocking import BlockingReport


def candidates() -> CandidatePairs:
    return CandidatePairs(
        np.array([0, 0, 1, 2], np.int32),
        np.array([1, 2, 3, 3], np.int32),
        np.ones(4, np.float32),
        np.array([0b01, 0b11, 0b10, 0b11], np.uint32),
        ("values", "words"),
    )


KEYS = ["a", "b", "c", "d", "e"]


def test_rules_are_counted_with_what_only_they_found() -> None:
    report = BlockingReport.of(candidates(), KEYS)

    assert (report.records, report.pairs, report.matches, report.lost) == (5, 4, None, ())
    counts = [(rule.name, rule.pairs, rule.alone, rule.matches) for rule in report.rules]
    assert counts == [("values", 3, 1, None), ("words", 3, 1, None)]


def test_known_matches_are_found_or_lost() -> None:
    matches = (np.array([1, 3, 4, 1]), np.array([0, 2, 0, 0]))

    report = BlockingReport.of(candidates(), KEYS, matches)

    assert (report.matches, report.found, report.lost) == (3, 2, (("a", "e"),))
    counts = [(rule.matches, rule.matches_alone) for rule in report.rules]
    assert counts == [(2, 1), (1, 0)]


def test_at_most_five_lost_pairs_are_named() -> None:
    keys = [str(i) for i in range(20)]
    report = BlockingReport.of(candidates(), keys, (np.arange(10), np.arange(10) + 10))

    assert report.matches == 10
    assert report.found == 0
    assert len(report.lost) == 5


def test_the_report_is_ready_for_json() -> None:
    report = BlockingReport.of(candidates(), KEYS, (np.array([0]), np.array([4])))

    plain = json.loads(json.dumps(report.to_dict()))

    assert plain["rules"][0] == {
        "name": "values",
        "pairs": 3,
        "alone": 1,
        "matches": 0,
        "matches_alone": 0,
    }
    assert plain["lost"] == [["a", "e"]]


def test_the_text_is_a_table_of_rules() -> None:
    text = str(BlockingReport.of(candidates(), KEYS, (np.array([0, 0]), np.array([1, 4]))))

    assert text.splitlines()[0].split() == ["rule", "pairs", "alone", "matches", "alone"]
    assert text.splitlines()[1].split() == ["values", "3", "1", "1", "1"]
    assert "4 pairs of 5 records, 0.8 per record" in text
    assert "1 of 2 known matches found, 1 lost" in text
    assert "lost: a and e" in text


def test_nothing_at_all_can_be_reported() -> None:
    none = candidates().take(slice(0, 0))

    assert "0 pairs of 0 records" in str(BlockingReport.of(none, []))
    assert BlockingReport.of(none, [], (np.zeros(0, np.int64), np.zeros(0, np.int64))).found == 0
