"""Customers of a German trader: many homonyms, transliterated umlauts, dates in many spellings."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows, unaccented
from kinds.words import GERMAN_FIRST, GERMAN_LAST, GERMAN_STREETS, GERMAN_TOWNS, listed

__all__ = ["make"]

UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)
MONTHS = listed("Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez")
HOME = ("street", "postcode", "city")


def make(
    seed: int,
    n_rows: int,
    *,
    repeats: float = 0.3,
    namesakes: float = 0.25,
    missing_dates: float = 0.25,
    movers: float = 0.2,
) -> Made:
    """Return customers.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of customers with two to four rows.
    namesakes
        Share of customers who have the name of an earlier customer.
    missing_dates
        Share of rows without date of birth.
    movers
        Share of repeats with another address.
    """
    dice = Dice(f"customers {seed}")
    rows, names = Rows(dice, n_rows), [("Hans", "Müller")]
    sizes = {1: 1 - repeats, 2: repeats * 0.7, 3: repeats * 0.2, 4: repeats * 0.1}
    for size in rows.entities(sizes):
        first, last = dice.pick(GERMAN_FIRST, 0.6), dice.pick(GERMAN_LAST, 0.7)
        if dice.chance(namesakes):
            first, last = dice.choice(names)
        names.append((first, last))
        born = (dice.randint(1, 28), dice.randint(1, 12), dice.randint(1935, 2004))
        person = {"first_name": first, "last_name": last} | _home(dice)
        area = f"0{dice.digits(3)}"
        person |= {"phone": f"{area} {dice.digits(6)}", "email": _email(dice, first, last)}
        for turn in range(size):
            if turn and dice.chance(movers):
                person |= _home(dice)
            row = person | {"birth_date": _date(dice, born)}
            if turn:
                row = _retyped(dice, row)
            lost = {"birth_date": missing_dates, "phone": 0.35, "email": 0.45, "street": 0.04}
            rows.add(dice.lose(row, lost))
    return rows.done()


def _home(dice: Dice) -> dict[str, str]:
    town = dice.pick(GERMAN_TOWNS, 0.7)
    place = 10 + 2 * GERMAN_TOWNS.index(town)
    way = dice.choice(("straße", "straße", "weg", "gasse", "platz", "allee"))
    return {
        "street": f"{dice.pick(GERMAN_STREETS, 0.5)}{way} {dice.randint(1, 120)}",
        "postcode": f"{place}{dice.randint(0, 40):03d}",
        "city": town,
    }


def _email(dice: Dice, first: str, last: str) -> str:
    local = unaccented(f"{first}.{last}".lower().translate(UMLAUTS))
    if dice.chance(0.4):
        local = local[0] + local[local.index(".") + 1 :] + dice.digits(2)
    number, host = dice.choice(("", "", dice.digits(2))), dice.choice(("post", "web", "mail"))
    return f"{local}{number}@{host}.example"


def _date(dice: Dice, born: tuple[int, int, int]) -> str:
    day, month, year = born
    how = dice.random()
    if how < 0.5:
        return f"{day:02d}.{month:02d}.{year}"
    if how < 0.7:
        return f"{year}-{month:02d}-{day:02d}"
    if how < 0.85:
        return f"{day}.{month}.{year % 100:02d}"
    return f"{day}. {MONTHS[month - 1]} {year}"


def _retyped(dice: Dice, row: dict[str, str]) -> dict[str, str]:
    """Return a row as another clerk entered it."""
    row = dict(row)
    if dice.chance(0.45):
        for name in ("first_name", "last_name", "street", "city"):
            row[name] = row[name].translate(UMLAUTS)
    if dice.chance(0.06):
        row["first_name"], row["last_name"] = row["last_name"], row["first_name"]
    if dice.chance(0.06):
        row["first_name"] = row["first_name"][0] + "."
    for name, rate in (("first_name", 0.12), ("last_name", 0.12), ("birth_date", 0.05)):
        if dice.chance(rate):
            row[name] = dice.typo(row[name])
    if dice.chance(0.4):
        row["street"] = row["street"].replace("straße", "str.").replace("strasse", "str.")
    if dice.chance(0.4):
        row["phone"] = "+49 " + row["phone"][1:]
    if dice.chance(0.3):
        row["phone"] = row["phone"].replace(" ", dice.choice(("/", "-", "")))
    return row
