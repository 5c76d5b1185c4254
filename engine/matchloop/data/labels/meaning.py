"""The two meanings of labels, in their many spellings: groups of a set, or answers on a pair."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.labels.plain import codes, exact_codes, plain
from matchloop.data.pairs import packed, unpacked
from matchloop.errors import LabelFileError, counted, some

__all__ = [
    "Meaning",
    "alike",
    "answer_of",
    "check_answers",
    "check_forms",
    "is_doubt",
    "one_form",
    "pairs_as_groups",
    "says_answers",
    "without_doubts",
]

Meaning: TypeAlias = Literal["groups", "pairs"]
"""Meaning of a file's labels: groups within a set, or an answer on the pair that a set is."""

_YES = {
    "match", "matched", "yes", "true", "same", "duplicate", "ja", "oui", "si", "sì", "sim", "tak",
    "da", "да", "evet", "kyllä",
}  # fmt: skip
_NO = {
    "nomatch", "nonmatch", "notmatch", "notamatch", "unmatched", "mismatch", "no", "false",
    "different", "distinct", "notsame", "notduplicate", "nonduplicate", "unique", "nein", "non",
    "nee", "não", "nie", "нет", "hayır", "ei",
}  # fmt: skip
_SHORT = {
    "y": True, "n": False, "t": True, "f": False, "1": True, "0": False, "-1": False,
    "j": True, "s": True, "+": True, "-": False,
}  # fmt: skip
_UNSURE = {"unsure", "unknown", "maybe", "u", "cantsay", "cannotsay", "dontknow"}
_NO_ANSWER = {
    *(_UNSURE - {"u"}), "na", "nan", "none", "null", "skip", "skipped", "cannottell",
}  # fmt: skip
_PAIRS = 10
"""Least sets of two rows that show by themselves that two labels are answers (a convention)."""

_EACH = 3
"""Least sets of two rows with either label, for the same (a convention)."""

_DECIMALS = r"^([0-9]+)[.,]0+$"
_NUMBER = r"^[0-9]+([.,][0-9]+)?$"
_EITHER = (
    "rows of a set that match need the same label, rows that do not match another; where a command "
    "reads the file, --labels-are pairs takes each set as a pair and its label as the answer, "
    "--labels-are groups takes the labels as they are"
)


def answer_of(label: str) -> bool | None:
    """Read the answer on a pair.

    Returns
    -------
    bool or None
        Whether the pair matches; None where the label is undecided.

    Raises
    ------
    KeyError
        The label is not an answer.
    """
    text = re.sub(r"^(-?\d+)[.,]0+$", r"\1", label.strip())
    word = _word(text)
    if word in _YES or word in _NO:
        return word in _YES
    if word in _UNSURE or (is_doubt(text) and text.casefold() not in _SHORT):
        return None
    return _SHORT[text.casefold()]


def is_doubt(label: str) -> bool:
    """Return whether a label says that nobody knew: blank, ``?``, ``n/a``, ``unsure``."""
    return bool(re.fullmatch(r"[?\-\u2013\u2014./\s]*", label)) or _word(label) in _NO_ANSWER


def without_doubts(labels: pa.StringArray) -> tuple[pa.StringArray, list[str]]:
    """Blank the labels that say that nobody knew, so that two of them are no match.

    Returns
    -------
    tuple
        The labels, and a sentence on what was blanked.
    """
    label_codes, written = codes(labels)
    texts = written.to_pylist()
    doubts = np.array([bool(text) and is_doubt(text) for text in texts], np.bool_)
    rows = doubts[label_codes]
    if not rows.any():
        return labels, []
    count = counted(int(rows.sum()), "row has", "rows have")
    shown = some([text for text, doubt in zip(texts, doubts, strict=True) if doubt])
    note = f"{count} {shown} for a label, which was taken as no answer"
    return pc.if_else(pa.array(rows), pa.scalar("", pa.string()), labels), [note]


def says_answers(labels: Iterable[str]) -> bool:
    """Return whether the labels of a set are answers such as 'yes' and 'no', with at least one no.

    If every answer is yes, groups and answers mean the same.
    """
    words = {_word(label) for label in labels}
    return bool(words & _NO) and words <= _YES | _NO | _UNSURE


def alike(label: str) -> str:
    """Return a label without case, inner spaces, leading zeros and zero decimals."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", label)).casefold()
    return re.sub(r"^0*(\d+?)(?:[.,]0+)?$", r"\1", text)


def one_form(set_ids: pa.StringArray, labels: pa.StringArray) -> tuple[pa.StringArray, list[str]]:
    """Write ``1.0`` as ``1`` in sets that hold both and whose labels are all numbers.

    Returns
    -------
    tuple
        The labels, and the sets in which this changed their meaning.
    """
    bare = plain(labels)
    if not pc.any(pc.match_substring_regex(bare, _DECIMALS)).as_py():
        return labels, []
    sets, names = codes(set_ids)
    whole = pc.replace_substring_regex(bare, _DECIMALS, r"\1")
    number = np.asarray(pc.match_substring_regex(bare, _NUMBER), np.bool_)
    fewer = _labels_of(sets, bare, len(names)) > _labels_of(sets, whole, len(names))
    fewer &= np.bincount(sets[~number], minlength=len(names)) == 0
    if not fewer.any():
        return labels, []
    made = pc.if_else(pa.array(fewer[sets]), whole, labels)
    return made, names.take(pa.array(np.flatnonzero(fewer))).to_pylist()


def check_forms(set_ids: pa.StringArray, labels: pa.StringArray) -> None:
    """Raise if labels of a set differ in case, inner spaces or the form of a number only.

    Raises
    ------
    LabelFileError
        A set has such labels; the message names it and the labels.
    """
    sets, names = codes(set_ids)
    label_codes, written = codes(labels)
    texts = written.to_pylist()
    folded = exact_codes(pa.array([alike(text) for text in texts], pa.string()))[0][label_codes]
    pairs, first = np.unique(packed(sets, label_codes), return_index=True)
    forms, at, count = np.unique(packed(sets, folded)[first], return_index=True, return_counts=True)
    if len(forms) == len(pairs):
        return
    where = first[at[count > 1].min()]
    same = np.unique(label_codes[(sets == sets[where]) & (folded == folded[where])])
    shown = some([texts[i] for i in same])
    raise LabelFileError(
        f"set {names[int(sets[where])].as_py()!r} holds the labels {shown}, "
        "which differ by case, spaces or decimals only; write the same label for rows that match, "
        "clearly another for those that do not"
    )


def check_answers(
    set_ids: pa.StringArray, labels: pa.StringArray, *, words_only: bool = False
) -> None:
    """Raise if labels look like answers on pairs and their meaning was not stated.

    Parameters
    ----------
    set_ids, labels
        The set and the label of each row, shape (rows,).
    words_only
        Whether to check words only, for programs that may number groups 0 and 1.

    Raises
    ------
    LabelFileError
        Labels of a set are words such as 'match' and 'no match'; or all sets of two rows have one
        of two labels on both rows, such as 1 or 0, and none has one of each.
    """
    sets, names = codes(set_ids)
    label_codes, written = codes(labels)
    texts = written.to_pylist()
    of_set, label = unpacked(np.unique(packed(sets, label_codes)))
    words = [_word(text) for text in texts]
    no = np.array([word in _NO for word in words], np.bool_)
    is_answer = np.array([word in _YES | _NO | _UNSURE for word in words], np.bool_)
    other = np.bincount(of_set[~is_answer[label]], minlength=len(names))
    suspects = np.flatnonzero(
        (np.bincount(of_set[no[label]], minlength=len(names)) > 0) & (other == 0)
    )
    if len(suspects):
        first = int(suspects[0])
        shown = some([texts[i] for i in label[of_set == first]])
        raise LabelFileError(
            f"set {names[first].as_py()!r} has {shown} for "
            f"labels, which look like answers on a pair; {_EITHER}"
        )
    if not words_only:
        _check_pairs(sets, label_codes, texts)


def _check_pairs(
    sets: NDArray[np.int32], label_codes: NDArray[np.int32], texts: Sequence[str]
) -> None:
    """Raise if all sets of two rows have one label on both rows, and two labels share the sets."""
    two = np.bincount(sets) == 2
    rows = np.flatnonzero(two[sets])
    _, forms = np.unique([alike(text) for text in texts], return_inverse=True)
    by_set = rows[np.argsort(sets[rows], kind="stable")].reshape(-1, 2)
    left, right = forms[label_codes[by_set]].T
    kinds, count = np.unique(left, return_counts=True)
    if len(kinds) != 2 or (left != right).any():
        return  # one label, or three, or a pair of two labels: groups
    shown = [texts[int(np.flatnonzero(forms == kind)[0])] for kind in kinds]
    says = {_SHORT.get(alike(text)) for text in shown}
    if says != {True, False} and (len(left) < _PAIRS or count.min() < _EACH):
        return
    raise LabelFileError(
        f"all {len(left):,} sets of two rows have {shown[1]!r} on both rows or {shown[0]!r} on "
        f"both, and none has one of each, so that they look like answers on pairs; {_EITHER}"
    )


def pairs_as_groups(table: pa.Table, places: tuple[int, int]) -> pa.Table:
    """Convert answers on pairs to groups: the same label for a yes, two labels for a no.

    Parameters
    ----------
    table
        A labelling file whose sets are pairs, with the answer on both rows or on one of them.
    places
        Positions of the set ids and the labels.

    Raises
    ------
    LabelFileError
        A set has more than two rows or two different answers, or a label is not an answer.
    """
    ids, texts = (plain(table.column(place)).to_pylist() for place in places)
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(ids):
        if name:
            rows.setdefault(name, []).append(row)
    labels: list[str | None] = [None] * table.num_rows
    for name, pair in rows.items():
        answers = {_answer_in(name, texts[row]) for row in pair if texts[row]} - {None}
        if len(pair) > 2:
            raise LabelFileError(
                f"set {name!r} has {len(pair)} rows; with labels that answer on pairs, each set "
                "has two"
            )
        if len(answers) > 1:
            raise LabelFileError(f"set {name!r} says both that its rows match and that they do not")
        for label, row in zip(("a", "a" if True in answers else "b"), pair, strict=False):
            labels[row] = label if answers else None
    field = pa.field(table.column_names[places[1]], pa.string())
    return table.set_column(places[1], field, pa.array(labels, pa.string()))


def _answer_in(name: str, label: str) -> bool | None:
    try:
        return answer_of(label)
    except KeyError:
        raise LabelFileError(
            f"set {name!r} has the label {label!r}, which is no answer on a pair; write 1 or 0, "
            "yes or no, match or no match"
        ) from None


def _word(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _labels_of(sets: np.ndarray, labels: pa.StringArray, n_sets: int) -> np.ndarray:
    """Return the number of different labels in each set."""
    of_set, _ = unpacked(np.unique(packed(sets, exact_codes(labels)[0])))
    return np.bincount(of_set, minlength=n_sets)
