"""Read the answers to a review, one line each; store each before the next question."""

from __future__ import annotations

import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from string import ascii_lowercase
from types import FrameType
from typing import Literal

from rich.console import Console
from rich.text import Text

from matchloop.cli.side_by_side import side_by_side
from matchloop.cli.words import say
from matchloop.errors import Interrupted, UsageError, counted
from matchloop.quality.doubtful import Doubt
from matchloop.quality.reviewing import ReviewFile
from matchloop.report import DoubtfulGroup

__all__ = ["Answer", "ask_all", "read_answer"]

Question = tuple[Doubt, DoubtfulGroup]

HELP = (
    "y one entity | n all different | u cannot tell | z undo | q save and stop\n"
    "or a letter per record, such as aab: 1 and 2 are one entity, 3 is another"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a reviewer.

    Parameters
    ----------
    kind
        What it does. The first four answer a question.
    labels
        The label of each record; None where the reviewer cannot tell.
    """

    kind: Literal["one", "different", "split", "cannot tell", "undo", "stop", "help"]
    labels: tuple[str | None, ...] = ()


def read_answer(line: str, count: int) -> Answer:
    """Read a line about some records.

    Parameters
    ----------
    line
        The typed line; case and spaces are ignored.
    count
        How many records are shown.

    Raises
    ------
    UsageError
        The line is no answer; the message lists the possible answers.

    Examples
    --------
    >>> read_answer("aab", 3).labels
    ('a', 'a', 'b')
    """
    typed = "".join(line.split()).lower()
    letters = ascii_lowercase[:count]
    single: dict[str, Answer] = {
        "y": Answer("one", ("a",) * count),
        "n": Answer("different", tuple(letters)),
        "u": Answer("cannot tell", (None,) * count),
        "z": Answer("undo"),
        "q": Answer("stop"),
        "?": Answer("help"),
    }
    if typed in single:
        return single[typed]
    if len(typed) == count and set(typed) <= set(letters):  # never a word such as "yes"
        entities = len(set(typed))
        kind = {1: "one", count: "different"}.get(entities, "split")
        return Answer(kind, tuple(typed))  # type: ignore[arg-type]
    shown = line.strip()[:40]
    example = "ab" if count == 2 else "a" * (count - 1) + "b"
    raise UsageError(
        f"{shown!r} is no answer: expected y, n, u, z, q, or {count} letters from a to "
        f"{letters[-1]}, such as {example}"
    )


def ask_all(questions: Sequence[Question], file: ReviewFile) -> Counter[str]:
    """Ask each question, and store its answer before the next.

    Parameters
    ----------
    questions
        The decisions, the most doubtful first.
    file
        Where answers go.

    Returns
    -------
    collections.Counter
        Number of stored answers of each kind; withdrawn answers are not counted.

    Raises
    ------
    Interrupted
        Ctrl-C was pressed; the answers so far are stored.
    """
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    console = Console(stderr=True, highlight=False)
    stored: list[str] = []
    try:
        say(HELP)
        _ask_each(questions, file, console, stored)
    except KeyboardInterrupt:
        console.print()  # after the prompt
        raise Interrupted(
            f"interrupted; {counted(len(stored), 'answer')} of this run {_are(stored)} in "
            f"{file.path}; the same command goes on after {'it' if len(stored) == 1 else 'them'}"
            if stored
            else "interrupted; nothing was answered in this run"
        ) from None
    return Counter(stored)


def _ask_each(
    questions: Sequence[Question], file: ReviewFile, console: Console, stored: list[str]
) -> None:
    shown = -1
    while len(stored) < len(questions):
        doubt, decision = questions[len(stored)]
        if shown != len(stored):
            shown = len(stored)
            console.print()
            console.print(Text(_heading(shown, len(questions), decision), style="bold"))
            console.print(side_by_side(decision, min(console.width, 120)))
        console.print("answer: ", end="")
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            console.print(Text(line.strip()))
        if not line:  # the answers have ended
            return
        try:
            answer = read_answer(line, len(doubt.rows))
        except UsageError as error:
            say(str(error))
            continue
        if answer.kind == "stop":
            return
        if answer.kind == "help":
            say(HELP)
        elif answer.kind != "undo":
            with _uninterrupted():
                file.append(doubt.rows, answer.labels)
                stored.append(answer.kind)
        elif stored:
            with _uninterrupted():
                file.remove(questions[len(stored) - 1][0].rows)
                stored.pop()
        else:
            say("nothing to undo: no answer was given in this run")


def _heading(place: int, count: int, decision: DoubtfulGroup) -> str:
    size, shown = decision.size, len(decision.keys)
    likely = f"{100 * decision.probability:.0f} % likely one entity"
    heading = f"{place + 1} of {count}. {decision.title}, {likely}"
    return (
        heading
        if size == shown
        else f"{heading}\n{shown} of {size:,} records are shown; answer for these"
    )


def _are(stored: Sequence[str]) -> str:
    return "is" if len(stored) == 1 else "are"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Store an answer as a whole: delay a Ctrl-C until it is stored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []

    def wait(number: int, _frame: FrameType | None) -> None:
        caught.append(number)

    before = signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if caught:
        raise KeyboardInterrupt
