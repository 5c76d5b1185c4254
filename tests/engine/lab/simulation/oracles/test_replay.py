from pathlib import Path

import numpy as np
import pytest

from matchloop.errors import LabelFileError, UsageError
from matchloop.lab.simulation import find_oracle
from matchloop.lab.simulation.oracles import Replay
from matchloop.lab.simulation.truth import Truth
from matchloop.lab.testing import made_up_truth

LINES = """labeling_set_id,label,id,name
a,x,r0,any
a,x,r1,any
a,y,r2,any
b,x,r3,any
b,y,r4,any
c,x,r4,any
c,x,r3,any
"""


@pytest.fixture
def oracle(tmp_path: Path) -> Replay:
    (tmp_path / "labels.csv").write_text(LINES, encoding="utf-8")
    made = find_oracle("replay", {"file": "labels.csv"}, folder=tmp_path)
    assert isinstance(made, Replay)
    return made


def said(oracle: Replay, *rows: int) -> tuple[str | None, ...]:
    answer = oracle.answer(np.array(rows, np.int32), made_up_truth(), np.random.default_rng(0))
    return answer.labels


def test_it_says_what_the_file_says(oracle: Replay) -> None:
    assert said(oracle, 1, 0) == ("1", "1")
    assert said(oracle, 2, 0) == ("1", "2")
    assert said(oracle, 2, 0, 1) == ("1", "2", "2")


def test_it_says_nothing_of_other_pairs(oracle: Replay) -> None:
    assert said(oracle, 0, 9) == (None, None)
    assert said(oracle, 0, 3) == (None, None)
    assert said(oracle, 3, 0, 1) == (None, "1", "1")


def test_sets_that_contradict_each_other_say_nothing(oracle: Replay) -> None:
    assert said(oracle, 3, 4) == (None, None)


def test_a_file_that_is_missing_is_named() -> None:
    with pytest.raises(LabelFileError, match="nothing.csv"):
        said(Replay("nothing.csv"), 0, 1)


def test_without_records_there_is_nothing_to_look_up(oracle: Replay) -> None:
    bare = Truth(np.arange(3), np.empty(0, np.int64), np.empty(0))

    with pytest.raises(UsageError, match="the truth has no records"):
        oracle.answer(np.array([0, 1], np.int32), bare, np.random.default_rng(0))
