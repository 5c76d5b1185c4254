"""Applications to a fund: organisations that apply tens of times, mostly in equal words."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows
from kinds.words import listed, pool

__all__ = ["make"]

SORTS = (
    "Municipality of {}",
    "{} Primary School",
    "{} Football Club",
    "{} Volunteer Fire Brigade",
    "{} Youth Centre",
    "Association of Friends of {}",
    "{} Cultural Foundation",
    "County of {}",
    "{} Museum",
)
TYPES = listed("public public association association association public foundation public public")
SIZES = {1: 0.25, 3: 0.25, 10: 0.25, 25: 0.15, 50: 0.1}


def make(seed: int, n_rows: int, *, typed_anew: float = 0.3) -> Made:
    """Return applications: applicant, type, city, postcode, registration number, year.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    typed_anew
        Share of rows that were typed anew, with errors; the others are copies of the first.
    """
    dice = Dice(f"applications {seed}")
    rows, used = Rows(dice, n_rows), set[str]()
    towns = pool("village", max(30, n_rows // 12))
    for size in rows.entities(SIZES):
        name = ""
        while not name or name in used:
            town, number = dice.choice(towns), dice.randrange(len(SORTS))
            name = SORTS[number].format(town)
            if len(used) >= len(towns) * len(SORTS) // 2:
                name += f" {dice.randint(2, 99)}"
        used.add(name)
        row = {
            "applicant": name,
            "type": TYPES[number],
            "city": town,
            "postcode": f"{1000 + 7 * towns.index(town)}",
            "registration": dice.digits(8),
        }
        row = dice.lose(row, {"registration": 0.5})
        for turn in range(size):
            copy = dict(row)
            if turn and dice.chance(typed_anew):
                copy["applicant"] = dice.err(name, 0.9)
                copy["city"] = dice.err(town, 0.2)
                copy = dice.lose(copy, {"registration": 0.4, "postcode": 0.1, "type": 0.1})
            rows.add(copy)
    return rows.done()
