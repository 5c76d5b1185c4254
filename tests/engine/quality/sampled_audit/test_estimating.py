from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import matchloop as ml
from matchloop.data.labels import Labels
from matchloop.quality.evaluation import compare_with_clusters
from matchloop.quality.sampled_audit import AuditDraw, quality_of
from matchloop.quality.sampled_audit.population import FAR

Answered = tuple[NDArray[np.int64], NDArray[np.bool_]]


def truly(draw: AuditDraw, entity: NDArray[np.int64]) -> Answered:
    left, right = draw.pairs
    return draw.drawn, entity[left] == entity[right]


def test_the_truth_lies_in_the_intervals(
    draw: AuditDraw, answers: Labels, people: ml.Records, entity: NDArray[np.int64]
) -> None:
    groups = ml.Matcher().fit(people).find_matches(people).match_id
    truth = compare_with_clusters(groups, entity)
    told = draw.estimate(people, answers)

    assert told.precision.covers(truth.precision)
    assert told.recall.covers(truth.recall)
    assert told.f1.covers(truth.f1)
    assert told.reached_f1.covers(truth.f1)
    assert told.reached_recall.covers(truth.recall)
    assert told.bcubed_precision is not None
    assert told.bcubed_precision.covers(truth.bcubed_precision)
    assert told.predicted == truth.pairs.predicted
    assert (told.asked, told.answered, told.told) == (60, 60, 0)


def test_ends_of_intervals_are_in_order_and_in_range(
    draw: AuditDraw, answers: Labels, people: ml.Records
) -> None:
    told = draw.estimate(people, answers)

    reached = (told.reached_recall, told.reached_f1)
    for one in (told.precision, told.recall, told.f1, told.blocking_recall, *reached):
        assert 0 <= one.low <= one.value <= one.high <= 1


def test_what_no_blocking_finds_is_no_part_of_what_is_reached(
    draw: AuditDraw, answers: Labels, people: ml.Records
) -> None:
    population = draw.population
    far = population.tier == FAR
    beyond = replace(population, weight=np.where(far, 50 * population.weight, population.weight))
    near, wide = (
        replace(draw, population=one).estimate(people, answers) for one in (population, beyond)
    )

    assert near.recall.low <= near.reached_recall.low
    assert near.f1.value <= near.reached_f1.value
    assert wide.reached_f1.width == pytest.approx(near.reached_f1.width, abs=0.03)


def test_more_answers_narrow_the_interval(draw: AuditDraw, entity: NDArray[np.int64]) -> None:
    widths = []
    for drawn in (replace(draw, drawn=draw.drawn[:20]), draw.more(600)):
        asked, said = truly(drawn, entity)
        widths.append(quality_of(draw.population, draw.stratum, asked, said).f1.width)

    assert widths[1] < widths[0]


def test_where_no_answer_shows_an_error_perfection_is_possible(draw: AuditDraw) -> None:
    together = draw.population.together[draw.drawn]
    told = quality_of(draw.population, draw.stratum, draw.drawn, together)

    assert told.precision.high == told.recall.high == told.f1.high == 1


def test_where_every_answer_contradicts_the_groups_quality_is_bad(draw: AuditDraw) -> None:
    together = draw.population.together[draw.drawn]
    told = quality_of(draw.population, draw.stratum, draw.drawn, ~together)

    assert told.precision.value < 0.3
    assert told.f1.high < 0.5


def test_an_old_audit_judges_new_groups(
    draw: AuditDraw, answers: Labels, people: ml.Records, entity: NDArray[np.int64]
) -> None:
    alone = draw.estimate(people, answers, groups=np.arange(len(people)))
    right = draw.estimate(people, answers, groups=entity)

    assert alone.predicted == 0
    assert alone.recall.value == 0
    assert right.precision.high == right.recall.high == 1


def test_pairs_all_known_leave_no_doubt(draw: AuditDraw, entity: NDArray[np.int64]) -> None:
    population = draw.population
    is_match = entity[population.left] == entity[population.right]
    known = np.where(is_match, 1, 0).astype(np.int8)
    none = np.empty(0, np.int64)
    told = quality_of(replace(population, label=known), draw.stratum, none, none.astype(np.bool_))

    assert told.precision.width == pytest.approx(0)
    assert told.recall.width == pytest.approx(0)


def test_the_same_seed_gives_the_same_interval(
    draw: AuditDraw, answers: Labels, people: ml.Records
) -> None:
    assert draw.estimate(people, answers) == draw.estimate(people, answers)


def test_groups_with_two_records_of_a_source_have_no_b_cubed_precision(
    draw: AuditDraw, people: ml.Records
) -> None:
    sources = (np.arange(len(people)) % 2).astype(np.int32)
    judged = draw.population.judged(np.zeros(len(people), np.int64), sources)
    none = np.empty(0, np.int64)
    told = quality_of(judged, draw.stratum, none, none.astype(np.bool_))

    assert told.bcubed_precision is None
    assert any("several records of one source" in note for note in told.notes)
