from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matchloop.errors import UsageError
from matchloop.lab.simulation import read_rounds
from matchloop.lab.simulation.comparing import compare, only_some
from matchloop.lab.simulation.curves import Choice, Curve, Curves, read_curves
from matchloop.lab.simulation.reading import conclusions, limits

SPENT = np.array([0.0, 20, 40, 60, 80])


def curve(contender: str, table: str, seed: int, reached: list[float]) -> Curve:
    choice = Choice(contender, "mbx", 2, "merge", "matcher")
    run = f"{table}-{contender}-{seed}"
    return Curve(run, table, contender, "truth", seed, choice, SPENT, np.array(reached))


def made(tables: int, seeds: int, gain: float, *, supervised: bool = True) -> Curves:
    """Curves of margin and of one that is better by a gain, with chance that the seed shares."""
    curves = []
    best = {}
    for table in range(tables):
        for seed in range(seeds):
            luck = float(np.random.default_rng([table, seed]).normal(0, 0.05))
            base = [0.5 + luck, 0.6 + luck, 0.7 + luck, 0.75 + luck, 0.8 + luck]
            curves.append(curve("margin", f"t{table}", seed, base))
            curves.append(curve("better", f"t{table}", seed, [one + gain for one in base]))
            if supervised:
                best[f"t{table}", "matcher", seed] = 0.8 + luck
    return Curves("f1", "labels", tuple(curves), best)


def test_runs_are_paired_by_seed() -> None:
    found = compare(made(1, 6, 0.01))
    (better,) = [one for one in found.tables[0].standings if one.contender == "better"]

    assert better.difference is not None
    assert better.difference.low == pytest.approx(0.01)  # chance is shared, so it falls out
    assert better.difference.high == pytest.approx(0.01)
    assert better.p == pytest.approx(2 / 2**6)
    assert better.area.high is not None
    assert better.area.high - better.area.mean > 0.005  # while each area alone is uncertain


def test_a_seed_that_only_one_has_is_left_out_of_the_pairs() -> None:
    whole = made(1, 4, 0.01)
    less = whole.where(lambda one: (one.contender, one.seed) != ("better", 3))
    (better,) = [one for one in compare(less).tables[0].standings if one.contender == "better"]

    assert better.difference is not None
    assert better.difference.count == 3


def test_a_gain_on_many_tables_is_told_as_expected_elsewhere() -> None:
    found = compare(made(8, 5, 0.02))
    better = next(one for one in found.overall if one.contender == "better")

    assert better.p_tables_holm == pytest.approx(2 / 2**8)
    assert (better.wins, better.ties, better.losses) == (8, 0, 0)
    assert found.ranking is not None
    assert dict(zip(found.ranked, found.ranking.ranks, strict=True)) == {"better": 1, "margin": 2}
    assert found.matrix == (((0, 0, 0), (8, 0, 0)), ((0, 0, 8), (0, 0, 0)))
    assert "to be expected of tables like these" in conclusions(found)[0]


def test_a_gain_on_few_tables_is_not() -> None:
    found = compare(made(3, 5, 0.02))

    assert "more than chance on these tables" in conclusions(found)[0]
    assert "but not shown for others" in conclusions(found)[0]
    assert "nothing is shown of tables in general" in limits(found)[0]


def test_no_gain_is_not_told_apart() -> None:
    assert conclusions(compare(made(3, 5, 0.0)))[0].startswith("Not distinguishable from margin")


def test_one_table_and_one_seed_give_sentences_instead_of_numbers() -> None:
    found = compare(made(1, 1, 0.02, supervised=False))
    standing = found.tables[0].standings[0]
    said = " ".join(limits(found))

    assert (standing.p, standing.p_holm, standing.area.low) == (None, None, None)
    assert found.ranking is None
    assert found.overall[0].p_tables is None
    assert "One table: there is no test over tables and no rank" in said
    assert "One seed: there is no interval and no test" in said
    assert "what all labels give" in said


def test_one_contender_is_compared_with_nothing() -> None:
    alone = made(2, 2, 0.1).where(lambda one: one.contender == "better")
    found = compare(alone)

    assert found.reference == "better"
    assert conclusions(found) == ["There is one contender, so there is nothing to compare it with."]


def test_crossings_are_shares_of_what_every_label_gives() -> None:
    found = compare(made(1, 3, 0.0))
    crossings = found.tables[0].standings[0].crossings

    assert [one.share for one in crossings] == [0.90, 0.95, 0.99]
    assert [one.stable for one in crossings] == [60, 80, 80]
    assert [one.reached for one in crossings] == [1, 1, 1]


def test_some_contenders_are_compared_with_the_reference(experiment: Path) -> None:
    curves = read_curves(read_rounds([experiment]))
    few = only_some(curves, ["random"], None)

    assert few.contenders == ["margin", "random"]
    with pytest.raises(UsageError, match="no contender 'best'"):
        only_some(curves, ["best"], None)


def test_names_that_do_not_exist_are_refused(experiment: Path) -> None:
    curves = read_curves(read_rounds([experiment]))

    with pytest.raises(UsageError, match="no contender 'best' in the results; known: 'margin', "):
        compare(curves, reference="best")
    with pytest.raises(UsageError, match="no oracle 'crowd' in the results; known: 'truth'"):
        compare(curves, oracle="crowd")


def test_a_contender_missing_on_a_table_has_no_rank() -> None:
    whole = made(3, 2, 0.1)
    extra = tuple(curve("new", "t0", seed, [0.9] * 5) for seed in (0, 1))
    found = compare(Curves("f1", "labels", (*whole.curves, *extra), whole.supervised))

    assert found.ranked == ("better", "margin")
    assert "Not played on every table, so without a rank: new." in limits(found)
