"""Invented customers of a shop, with their truth: households, namesakes, movers, typing errors.

A customer is one person. Relatives share an address, mostly a surname, often a telephone and
sometimes an e-mail address, so that what groups records best is not yet the person. Nothing in the
table favours the engine: names and streets are drawn from short lists, which makes namesakes, half
of the dates of birth are missing, and one repeated record in ten has another address.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["COLUMNS", "Customer", "make_customers"]

COLUMNS = (
    "first_name",
    "last_name",
    "birth_date",
    "street",
    "postcode",
    "city",
    "phone",
    "email",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Alexander Alice Anna Carl Christopher Clara David Elena Elisabeth Emma Eva Felix Grace Henry"
    " Hugo Ines Jan Julia Karin Katharina Laura Leo Liam Lukas Maria Martin Max Nina Noah Oscar"
    " Paul Paula Peter Petra Rosa Ruth Samuel Simon Sofia Tess Theodor Tom Vera Victor Walter"
)
SHORT_NAMES = {
    "Alexander": "Alex",
    "Christopher": "Chris",
    "Elisabeth": "Lisa",
    "Katharina": "Kathi",
    "Maria": "Mia",
    "Martin": "Marty",
    "Samuel": "Sam",
    "Theodor": "Theo",
    "Victor": "Vic",
}
LAST_NAMES = _words(
    "Adams Baker Becker Brown Carter Clark Costa Davis Dubois Duval Evans Fischer Fontaine Fuller"
    " Garcia Green Gruber Hansen Huber Hughes Ito Ivanov Jansen Jensen Kaya Keller Kowalski"
    " Lambert Larsen Lindqvist Lopez Meyer Moreau Mueller Murphy Neumann Nielsen Novak Okafor"
    " Olsen Ortiz Parker Pereira Petrov Quinn Reed Richter Rossi Sanchez Schmidt Silva Stone"
    " Taylor Toth Turner Urban Usman Vidal Vogel Wagner Walsh Weber Wright Yilmaz Young Zimmermann"
)
STREETS = _words(
    "Bridge Castle Church Garden High Hill Lake Linden Mill North Oak Park River Rose School"
    " Station"
)
WAYS = ("Avenue", "Lane", "Road", "Street")
CITIES = _words(
    "Ashford Eastham Fairview Greenville Harwick Kingsbridge Lakeside Milltown Northport Riverton"
    " Springfield Westbrook"
)

LIVES_ALONE = 0.2
HOUSEHOLD_SIZES = {2: 0.4, 3: 0.2, 4: 0.2, 5: 0.2}
RECORDS_PER_CUSTOMER = {1: 0.5, 2: 0.3, 3: 0.15, 4: 0.05}
NAMED_AFTER_A_PARENT = 0.1
KEEPS_OWN_SURNAME = 0.15
SHARED_PHONE = 0.6
SHARED_EMAIL = 0.4
MOVED = 0.1
OTHER_EMAIL = 0.2
SHORT_NAME = 0.2
TYPO = {"first record": 0.1, "repeated record": 0.14}
MISTYPED = ("first_name", "last_name", "street", "postcode", "city", "email")
MISSING = {"birth_date": 0.5, "email": 0.1, "phone": 0.3, "postcode": 0.05, "street": 0.03}

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Customer:
    """One record of the table.

    Parameters
    ----------
    number
        The customer that the record is about.
    values
        Value of each of :data:`COLUMNS`; empty where missing.
    """

    number: int
    values: Mapping[str, str]


class _Dice:
    """Chance from one stream of numbers, the same in every version of Python."""

    def __init__(self, seed: int) -> None:
        self._next = random.Random(seed).random

    def below(self, limit: int) -> int:
        return int(self._next() * limit)

    def chance(self, share: float) -> bool:
        return self._next() < share

    def pick(self, values: Sequence[str]) -> str:
        return values[self.below(len(values))]

    def size(self, shares: Mapping[int, float]) -> int:
        left = self._next()
        for number, share in shares.items():
            left -= share
            if left < 0:
                return number
        return max(shares)

    def mistype(self, text: str) -> str:
        """Drop, double, swap or replace one letter."""
        if len(text) < 3:
            return text
        at = 1 + self.below(len(text) - 2)
        before, letter, following, after = text[:at], text[at], text[at + 1], text[at + 2 :]
        forms = (
            before + following + after,
            before + letter + letter + following + after,
            before + following + letter + after,
            before + chr(97 + self.below(26)) + following + after,
        )
        return forms[self.below(len(forms))]


def make_customers(count: int = 700, *, seed: int = 0) -> list[Customer]:
    """Invent customers and the records that clerks made of them.

    Parameters
    ----------
    count
        Customers, at least; the last household is completed.
    seed
        The same seed gives the same records.

    Returns
    -------
    list of Customer
        One entry per record, about 1.75 per customer, those of one customer side by side.
    """
    dice = _Dice(seed)
    records: list[Customer] = []
    number = 0
    while number < count:
        for person in _household(dice):
            records += [Customer(number, values) for values in _records(dice, person)]
            number += 1
    return records


def _household(dice: _Dice) -> list[Values]:
    size = 1 if dice.chance(LIVES_ALONE) else dice.size(HOUSEHOLD_SIZES)
    home, surname, phone = _address(dice), dice.pick(LAST_NAMES), _phone(dice)
    email = f"{surname.lower()}.family{dice.below(100)}@example.org"
    parents_born = 1935 + dice.below(55)
    members: list[Values] = []
    for place in range(size):
        first, last = dice.pick(FIRST_NAMES), surname
        born = parents_born + dice.below(11) - 5
        if place == 1 and dice.chance(KEEPS_OWN_SURNAME):
            last = dice.pick(LAST_NAMES)
        if place >= 2:
            born = parents_born + 22 + dice.below(16)
            if dice.chance(NAMED_AFTER_A_PARENT):
                first = members[0]["first_name"]
        members.append(
            {
                "first_name": first,
                "last_name": last,
                "birth_date": f"{born}-{1 + dice.below(12):02d}-{1 + dice.below(28):02d}",
                **home,
                "phone": phone if dice.chance(SHARED_PHONE) else _phone(dice),
                "email": email if dice.chance(SHARED_EMAIL) else _email(dice, first, last, "com"),
            }
        )
    return members


def _address(dice: _Dice) -> Values:
    city = dice.below(len(CITIES))
    return {
        "street": f"{dice.pick(STREETS)} {dice.pick(WAYS)} {1 + dice.below(120)}",
        "postcode": str(40_000 + 731 * city + dice.below(6)),
        "city": CITIES[city],
    }


def _phone(dice: _Dice) -> str:
    return f"0{300 + dice.below(60)} 555{dice.below(10_000):04d}"


def _email(dice: _Dice, first: str, last: str, domain: str) -> str:
    return f"{first.lower()}.{last.lower()}{dice.below(100)}@example.{domain}"


def _records(dice: _Dice, person: Values) -> list[Values]:
    """Return one record, or several by different clerks and at different times."""
    now = dict(person)
    records = []
    for place in range(dice.size(RECORDS_PER_CUSTOMER)):
        if place and dice.chance(MOVED):
            now |= _address(dice)
            if dice.chance(0.7):
                now["phone"] = _phone(dice)
        values = dict(now)
        if place:
            _write_differently(dice, values)
        typo = TYPO["repeated record" if place else "first record"]
        while dice.chance(typo):
            column = dice.pick(MISTYPED)
            values[column] = dice.mistype(values[column])
        for column, share in MISSING.items():
            if dice.chance(share):
                values[column] = ""
        records.append(values)
    return records


def _write_differently(dice: _Dice, values: Values) -> None:
    first = values["first_name"]
    if dice.chance(OTHER_EMAIL):
        values["email"] = _email(dice, first, values["last_name"], "net")
    if dice.chance(SHORT_NAME):
        values["first_name"] = SHORT_NAMES.get(first, f"{first[0]}.")
