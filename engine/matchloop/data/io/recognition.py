"""Recognize the encoding of text that is not UTF-8, and refuse where two are possible.

Each candidate decodes the bytes. A reading scores by its words: the accented letters of a word
should belong to one language, beside the neighbours that they have there. A symbol inside a word, a
capital after a small letter and two scripts in one word count against a reading. The languages are
in ``accented_words.txt``; their shares in the table are fitted by expectation maximization.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

__all__ = ["Recognized", "recognize"]

CANDIDATES = {
    "cp1252": 0.6,
    "mac_roman": 0.08,
    "cp1250": 0.08,
    "cp1251": 0.08,
    "cp850": 0.04,
    "cp1254": 0.04,
    "cp1253": 0.03,
    "cp1257": 0.03,
    "koi8_r": 0.01,
    "cp866": 0.01,
    "iso8859_2": 0.02,
    "cp852": 0.01,
    "cp857": 0.01,
    "iso8859_5": 0.005,
    "iso8859_7": 0.01,
}
"""Encodings that are tried, with their prior probability."""

CERTAIN = math.log(1000)
"""Log odds to the next reading from which on a reading is certain."""

_WESTERN = frozenset(["de", "fr", "es", "pt", "it", "sv", "fi", "da", "is", "nl", "ca"])
_CENTRAL = frozenset(["pl", "cs", "sk", "hu", "ro", "hr"])
_NATIVE = {
    "cp1252": _WESTERN,
    "mac_roman": _WESTERN,
    "cp850": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp852": _CENTRAL,
    "cp1251": frozenset(["ru", "uk"]),
    "cp1253": frozenset(["el"]),
    "iso8859_7": frozenset(["el"]),
    "cp1254": frozenset(["tr"]),
    "cp857": frozenset(["tr"]),
    "cp1257": frozenset(["lt", "lv", "et"]),
    "koi8_r": frozenset(["ru", "uk"]),
    "cp866": frozenset(["ru"]),
    "iso8859_5": frozenset(["ru", "uk"]),
}
"""Languages that each encoding was made for."""

FOREIGN, FOREIGN_A_WORD = 4.0, 0.3
"""Log prior odds against an encoding where most words are in other languages: at most, a word."""

ODD_AT_MOST = 0.05
"""Share of the letters that may be out of place in a reading that is taken."""

MOST_WORDS = 2_000
"""Distinct words that are scored; more of them do not change the verdict."""

_ODD = math.log(1e-5)  # a letter that no language has, or a symbol inside a word
JUNK_AT_MOST = 0.1
"""Share of the words that may fit no language in a reading that is certain."""

_JUNK, _JUNK_LETTER = -7.0, -4.0  # a word that is damaged in the table itself
_JUNK_LETTER_ALONE = -9.0  # in a word without ASCII letters, as those of other scripts are
_CASE = math.log(1e-4)  # a capital after a small letter
_SYMBOL = math.log(5e-3)
_UNSEEN = 0.3  # added to every count of two letters
_FOREIGN_WORD = re.compile(rb"(?<![A-Za-z'])[A-Za-z']*+[\x80-\xff][A-Za-z'\x80-\xff]*+")
_OPENS = (
    "\u2018\u201c\u201e\u201a\u00ab\u2039\u00bf\u00a1\u00a7\u00a9\u20ac\u00a3\u2013\u2014\u00b5"
)
_CLOSES = (
    "\u2019\u201d\u201c\u00bb\u203a\u00ae\u2122\u00b2\u00b3\u00aa\u00ba\u2026\u00b0\u2013\u2014"
)
_ALONE = "\u00a0\u00b7\u2022\u00d7\u00b1\u00bd\u00bc\u00be\u2116\u00ac\u00b4"
_SYMBOLS = frozenset(_OPENS + _CLOSES + _ALONE)


@dataclass(frozen=True, slots=True)
class Recognized:
    """The readings of some bytes, the likeliest first.

    Parameters
    ----------
    encoding
        The likeliest encoding, None if every reading has too many letters out of place.
    is_certain
        Whether all readings with other text are a thousand times less likely.
    rival
        The next encoding that reads other text.
    word, rival_word
        A word in both readings.
    """

    encoding: str | None
    is_certain: bool
    rival: str | None = None
    word: str = ""
    rival_word: str = ""


def recognize(data: bytes) -> Recognized:
    """Recognize the encoding of bytes that are not UTF-8.

    Examples
    --------
    >>> recognize("Müller, Köln, Straße, Düsseldorf".encode("cp1252")).encoding
    'cp1252'
    """
    words = _words(data)
    readings: list[tuple[float, str, list[str], float, float]] = []
    for encoding, prior in CANDIDATES.items():
        try:
            decoded = [word.decode(encoding) for word in words]
        except UnicodeDecodeError:
            continue
        counts = np.fromiter(words.values(), np.float64, len(words))
        score, odd, junk = _score(decoded, np.minimum(counts, 3), _NATIVE[encoding])
        readings.append((score + math.log(prior), encoding, decoded, junk, odd))
    readings.sort(key=lambda reading: -reading[0])
    taken = next((reading for reading in readings if reading[4] <= ODD_AT_MOST), None)
    if taken is None:
        return Recognized(None, is_certain=False)
    best, encoding, text, junk, _ = taken
    is_sound = junk <= JUNK_AT_MOST
    for score, rival, other, _, odd in readings:
        if other != text and (odd <= ODD_AT_MOST or score >= best + CERTAIN):
            at = next(at for at, word in enumerate(other) if word != text[at])
            certain = best - score >= CERTAIN and is_sound
            return Recognized(encoding, certain, rival, text[at], other[at])
    return Recognized(encoding, is_certain=True)


def _words(data: bytes) -> Counter[bytes]:
    """Return the words that hold a byte beyond ASCII, with how often they occur.

    Words that are UTF-8 show nothing of another encoding: a program has encoded them twice.
    """
    counts = Counter(_FOREIGN_WORD.findall(data))
    return Counter(dict([word for word in counts.most_common(MOST_WORDS) if not _is_utf8(word[0])]))


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


def _score(
    words: list[str], counts: NDArray[np.float64], native: frozenset[str]
) -> tuple[float, float, float]:
    """Return the log likelihood of a reading, the share of odd letters and of damaged words."""
    languages, pairs = _languages()
    by_word = np.zeros((len(words), len(languages)))
    odd = letters = junk = 0.0
    for at, word in enumerate(words):
        fixed, placed, wrong = _read(word)
        foreign = min(
            sum(letter not in alphabet for letter, _, _ in placed)
            for alphabet in languages.values()
        )
        for letter, before, after in placed:
            by_word[at] += [
                _letter(letter, before, after, alphabet, pairs[name])
                for name, alphabet in languages.items()
            ]
        by_word[at] += fixed
        total = sum(letter >= "\x80" for letter in word)
        is_mixed = any(letter < "\x80" for letter in word)
        least = _JUNK + (_JUNK_LETTER if is_mixed else _JUNK_LETTER_ALONE) * total
        junk += counts[at] * (by_word[at].max() < least)
        by_word[at] = np.maximum(by_word[at], least)
        odd += counts[at] * min(wrong + foreign, total)
        letters += counts[at] * total
    share = np.full(len(languages), 1 / len(languages))
    total_score = 0.0
    for _ in range(10):
        joint = by_word + np.log(share)
        top = joint.max(axis=1, keepdims=True)
        weight = np.exp(joint - top)
        norm = weight.sum(axis=1, keepdims=True)
        total_score = float((counts * (top + np.log(norm))[:, 0]).sum())
        held = (counts[:, None] * weight / norm).sum(axis=0) + 0.1
        share = held / held.sum()
    home = sum(part for part, name in zip(share, languages, strict=True) if name in native)
    against = min(FOREIGN, FOREIGN_A_WORD * len(words)) if home < 0.5 else 0.0
    return total_score - against, odd / max(letters, 1.0), junk / max(counts.sum(), 1.0)


def _read(word: str) -> tuple[float, list[tuple[str, str, str]], int]:
    """Return the cost of a word that no language changes, its letters in place, and odd places."""
    fixed, wrong = 0.0, 0
    placed: list[tuple[str, str, str]] = []
    for at, letter in enumerate(word):
        if letter < "\x80":
            continue
        before, after = word[at - 1 : at] if at else "", word[at + 1 : at + 2]
        if letter in _SYMBOLS or not letter.isalpha():
            fits = letter in _SYMBOLS and _symbol_fits(letter, before, after)
            fixed += _SYMBOL if fits else _ODD
            wrong += not fits
            continue
        if letter.isupper() and before.islower():
            fixed += _CASE
            wrong += 1
        if any(
            beside.isalpha() and _script(beside) != _script(letter) for beside in before + after
        ):
            fixed += _ODD
            wrong += 1
        placed.append((_lower(letter), _lower(before) or "^", _lower(after) or "$"))
    return fixed, placed, wrong


def _lower(letter: str) -> str:
    """Return a letter in small, itself where that takes two characters, as for ``İ``."""
    small = letter.lower()
    return small if len(small) == 1 else letter


def _symbol_fits(symbol: str, before: str, after: str) -> bool:
    left, right = before.isalpha(), after.isalpha()
    if left and right:
        return symbol == "\u2019" or (symbol == "\u00b7" and before == after == "l")
    return not (right and symbol not in _OPENS and symbol != "\u00a0") and not (
        left and symbol not in _CLOSES and symbol != "\u00a0"
    )


def _script(letter: str) -> str:
    return "LATIN" if letter < "\x80" else unicodedata.name(letter, "NONE").split(" ")[0]


def _letter(
    letter: str, before: str, after: str, alphabet: dict[str, float], pairs: Counter[str]
) -> float:
    if letter not in alphabet:
        return _ODD
    seen = pairs[letter]
    beside = math.log((pairs[before + letter] + _UNSEEN) / (seen + 10 * _UNSEEN))
    beside += math.log((pairs[letter + after] + _UNSEEN) / (seen + 10 * _UNSEEN))
    return math.log(alphabet[letter]) + beside


@cache
def _languages() -> tuple[dict[str, dict[str, float]], dict[str, Counter[str]]]:
    """Return the share of each letter by language, and counts of letters with their neighbours."""
    alphabets: dict[str, dict[str, float]] = {}
    pairs: dict[str, Counter[str]] = {}
    text = (files("matchloop.data.io") / "accented_words.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        language, *words = line.split()
        counts: Counter[str] = Counter()
        beside: Counter[str] = Counter()
        for word in words:
            edged = f"^{''.join(map(_lower, word))}$"
            for at in range(1, len(edged) - 1):
                if edged[at] >= "\x80":
                    counts[edged[at]] += 1
                    beside[edged[at]] += 1
                    beside[edged[at - 1 : at + 1]] += 1
                    beside[edged[at : at + 2]] += 1
        total = sum(counts.values())
        alphabets[language] = {letter: count / total for letter, count in counts.items()}
        pairs[language] = beside
    return alphabets, pairs
