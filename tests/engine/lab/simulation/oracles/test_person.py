import io
import threading
from pathlib import Path

import numpy as np
import pytest

from matchloop.data.io import read_table
from matchloop.errors import InputError
from matchloop.lab.simulation.oracles import Answer, Person
from matchloop.lab.testing import made_up_truth

ROWS = np.array([4, 0, 7], np.int32)


def asked(person: Person) -> Answer:
    return person.answer(ROWS, made_up_truth(), np.random.default_rng(0))


def test_the_terminal_is_asked_until_every_row_has_a_label(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a b\na - a\n"))
    answer = asked(Person(name="ann"))

    assert answer.labels == ("a", None, "a")
    assert answer.person == "ann"
    shown = capsys.readouterr().err
    assert "id: r4" in shown
    assert "that were 2" in shown


def test_without_a_terminal_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    with pytest.raises(InputError, match="run with --jobs 1 in a terminal, or give the oracle"):
        asked(Person())


def test_a_file_is_written_and_awaited_and_read_again_later(tmp_path: Path) -> None:
    person = Person(folder=str(tmp_path / "sets"))
    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.append(asked(person)))
    waiting.start()
    while not (found := list((tmp_path / "sets").glob("set-*.csv"))):
        waiting.join(0.05)
    table = read_table(found[0])
    lines = [",".join(table.column_names)]
    for row, label in zip(table.to_pylist(), ("1", "", "1"), strict=True):
        lines.append(",".join([str(row["labeling_set_id"]), label, row["id"], row["name"]]))
    found[0].write_text("\n".join(lines) + "\n", encoding="utf-8")
    waiting.join()

    assert answers[0].labels == ("1", None, "1")
    assert asked(person).labels == ("1", None, "1")


def test_it_does_not_wait_for_ever_unless_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nobody labelled .*set-.*\.csv within 0.1 s"):
        asked(Person(folder=str(tmp_path), wait=0.1))
