"""What all makers of tables share: chance, errors in texts, rows with their entity."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

import pandas as pd

__all__ = ["Dice", "Made", "Maker", "Rows"]

#: The table (key ``id``, maybe ``source``, values as text, missing is None) and each id's entity.
Made = tuple[pd.DataFrame, dict[str, str]]
Maker = Callable[..., Made]

LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"


class Dice(random.Random):
    """A source of chance that draws with long tails and makes errors.

    Parameters
    ----------
    seed
        A text that decides every draw; makers put their name before a number.
    """

    def chance(self, share: float) -> bool:
        """Return true in that share of calls."""
        return self.random() < share

    def pick(self, words: Sequence[str], exponent: float = 0.8) -> str:
        """Draw a word; word i comes with weight (i + 1) ** -exponent."""
        return self.choices(words, cum_weights=_reach(len(words), exponent))[0]

    def some(self, words: Sequence[str], least: int, most: int, exponent: float = 0.8) -> list[str]:
        """Draw distinct words, ``least`` to ``most`` of them where there are enough."""
        wanted, found = self.randint(least, most), dict[str, None]()
        for _ in range(8 * wanted):
            if len(found) < wanted:
                found[self.pick(words, exponent)] = None
        return list(found)

    def size(self, sizes: Mapping[int, float]) -> int:
        """Draw a number by its weight."""
        return self.choices(list(sizes), weights=list(sizes.values()))[0]

    def digits(self, count: int) -> str:
        """Return that many digits, the first not zero."""
        return str(self.randint(10 ** (count - 1), 10**count - 1))

    def typo(self, text: str) -> str:
        """Replace, insert, drop or swap one character."""
        if not text:
            return text
        at = self.randrange(len(text))
        letter = self.choice(DIGITS if text[at].isdigit() else LETTERS)
        how = self.randrange(4)
        if how == 0 or len(text) == 1:
            return text[:at] + letter + text[at + 1 :]
        if how == 1:
            return text[:at] + letter + text[at:]
        if how == 2:
            return text[:at] + text[at + 1 :]
        at = min(at, len(text) - 2)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    def err(self, text: str, rate: float = 1.0) -> str:
        """Put errors into a text of words: typos, lost, moved, shortened words, other case.

        Parameters
        ----------
        text
            Any text.
        rate
            Expected number of errors.
        """
        while rate > 0 and self.chance(min(1.0, rate)):
            rate -= 1
            words = text.split(" ")
            how = self.random()
            if how < 0.45 or len(words) == 1:
                text = self.typo(text) if how < 0.85 else self.recased(text)
                continue
            at = self.randrange(len(words))
            if how < 0.6 and len(words) > 2:
                del words[at]
            elif how < 0.75:
                words.insert(self.randrange(len(words)), words.pop(at))
            elif how < 0.88 and len(words[at]) > 4 and words[at].isalpha():
                words[at] = words[at][: self.randint(3, 4)] + "."
            else:
                words = self.recased(text).split(" ")
            text = " ".join(words)
        return text

    def recased(self, text: str) -> str:
        """Return a text in capitals or in small letters."""
        return text.upper() if self.chance(0.5) else text.lower()

    def lose(self, values: dict[str, str], share: Mapping[str, float]) -> dict[str, str]:
        """Return values of which some are missing; ``share`` names how many, by column."""
        return {
            name: "" if self.chance(share.get(name, 0.0)) else value
            for name, value in values.items()
        }


class Rows:
    """The rows of a table while it is made.

    Parameters
    ----------
    dice
        Source of chance.
    count
        Number of rows the table shall have.
    """

    def __init__(self, dice: Dice, count: int) -> None:
        self.dice = dice
        self.count = count
        self._rows: list[dict[str, str]] = []
        self._entities: list[int] = []
        self._owner: dict[tuple[str, ...], int] = {}
        self._entity = -1

    def entities(self, sizes: Mapping[int, float]) -> Iterator[int]:
        """Yield the number of rows of one entity after another until the table is full."""
        while len(self._rows) < self.count:
            self._entity += 1
            yield min(self.dice.size(sizes), self.count - len(self._rows))

    def new_entity(self) -> None:
        """Let the rows that follow stand for another entity."""
        self._entity += 1

    @property
    def is_full(self) -> bool:
        """Whether the table has all its rows."""
        return len(self._rows) >= self.count

    def add(self, values: dict[str, str]) -> None:
        """Add a row of the present entity.

        A full table takes no more. A row that another entity has is left out: nobody could know
        that the two differ.
        """
        key = tuple(f"{name}={value}" for name, value in values.items() if value)
        if not self.is_full and self._owner.setdefault(key, self._entity) == self._entity:
            self._rows.append(values)
            self._entities.append(self._entity)

    def done(self) -> Made:
        """Return the rows in random order, with keys that say nothing, and the truth."""
        order = list(range(len(self._rows)))
        self.dice.shuffle(order)
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        keys = [f"r{number}" for number in range(len(order))]
        columns: dict[str, list[str | None]] = {"id": [*keys]}
        for name in names:
            columns[name] = [self._rows[at].get(name) or None for at in order]
        truth = {key: f"e{self._entities[at]}" for key, at in zip(keys, order, strict=True)}
        return pd.DataFrame(columns, dtype=object), truth


def unaccented(text: str) -> str:
    """Return a text without accents."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


@lru_cache(maxsize=256)
def _reach(count: int, exponent: float) -> list[float]:
    return list(accumulate((place + 1.0) ** -exponent for place in range(count)))
