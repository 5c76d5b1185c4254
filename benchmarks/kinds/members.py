"""Members of a club: the whole name in one column, a street with its number, few towns."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows
from kinds.words import ENGLISH_FIRST, GERMAN_FIRST, GERMAN_LAST, GERMAN_STREETS, GERMAN_TOWNS

__all__ = ["make"]


def make(
    seed: int,
    n_rows: int,
    *,
    repeats: float = 0.2,
    names: int = 40,
    families: float = 0.0,
    emails: bool = False,
) -> Made:
    """Return members: name, street, city, phone.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of members with two or three rows; 0 makes a clean list.
    names
        How many given names and surnames there are.
    families
        Share of members who live with the member before, under one phone.
    emails
        Whether there is a column of e-mail addresses.
    """
    dice = Dice(f"members {seed}")
    rows = Rows(dice, n_rows)
    firsts, lasts = [*GERMAN_FIRST, *ENGLISH_FIRST][:names], GERMAN_LAST[:names]
    sizes = {1: 1 - repeats, 2: repeats * 0.8, 3: repeats * 0.2}
    last, home = "", dict[str, str]()
    for size in rows.entities(sizes):
        if not home or not dice.chance(families):
            last, home = dice.pick(lasts, 0.3), _home(dice)
        first = dice.pick(firsts, 0.3)
        member = {"name": f"{first} {last}"} | home
        if emails:
            host = dice.choice(("mail", "post", "web"))
            member["email"] = f"{first}.{last}{dice.randint(1, 99)}@{host}.example".lower()
        for turn in range(size):
            row = _again(dice, member) if turn else dict(member)
            rows.add(dice.lose(row, {"phone": 0.08, "email": 0.3, "street": 0.02}))
    return rows.done()


def _home(dice: Dice) -> dict[str, str]:
    street = dice.pick(GERMAN_STREETS, 0.4) + dice.choice(("straße", "weg", "platz", "allee"))
    return {
        "street": f"{street} {dice.randint(1, 140)}",
        "city": dice.pick(GERMAN_TOWNS[:20], 0.6),
        "phone": f"0{dice.digits(3)}/{dice.digits(6)}",
    }


def _again(dice: Dice, member: dict[str, str]) -> dict[str, str]:
    """Return a member as entered a second time."""
    row = dict(member)
    how, words = dice.random(), row["name"].split(" ")
    if how < 0.15:
        row["name"] = f"{words[1]}, {words[0]}"
    elif how < 0.3:
        row["name"] = f"{words[0][0]}. {words[1]}"
    else:
        row["name"] = dice.err(row["name"], 0.35)
    row["street"] = dice.err(row["street"].replace("straße", dice.choice(("str.", "straße"))), 0.2)
    row["phone"] = row["phone"].replace("/", dice.choice(("/", " ", "-", "")))
    if dice.chance(0.15):
        row |= _home(dice)
    elif dice.chance(0.1):
        row["phone"] = f"01{dice.digits(2)}/{dice.digits(7)}"
    return row
