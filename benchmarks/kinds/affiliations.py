"""Affiliations in one column: an institution under many spellings, beside its parts and parents."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows, unaccented
from kinds.words import listed, pool

__all__ = ["make"]

SUBJECTS = listed(
    "Physics Chemistry Medicine Biology Mathematics Economics History Law Surgery Neurology "
    "Engineering Geography Psychology Linguistics Pharmacy Informatics Philosophy Radiology"
)
SHORT = {
    "University": ("Univ.", "Univ", "U."),
    "Institute": ("Inst.", "Inst"),
    "Department": ("Dept.", "Dept", "Dep."),
    "Hospital": ("Hosp.",),
    "Technology": ("Technol.", "Tech."),
    "National": ("Natl.", "Nat."),
    "Center": ("Ctr.", "Centre"),
    "School": ("Sch.",),
}
#: Institutions of one town; each is another entity although most words are the same.
FORMS = (
    "University of {}",
    "{} Institute of Technology",
    "University Hospital of {}",
    "{} State University",
    "{} Medical Center",
    "National Research Institute of {}",
    "{} Business School",
    "University of {}, North Campus",
    "University of Applied Sciences {}",
)
SIZES = {1: 0.3, 2: 0.2, 4: 0.2, 8: 0.15, 16: 0.1, 36: 0.05}


def make(seed: int, n_rows: int, *, towns: int = 0) -> Made:
    """Return affiliations.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    towns
        How many towns have institutions; few make more that resemble. A tenth of the rows if 0.
    """
    dice = Dice(f"affiliations {seed}")
    rows, lands = Rows(dice, n_rows), pool("land", 30)
    places = pool("campus", towns or max(20, n_rows // 10), 2)
    used = set[str]()
    for size in rows.entities(SIZES):
        name = ""
        while not name or name in used:
            town = dice.choice(places)
            name = dice.pick(FORMS, 0.7).format(town)
            if len(used) >= len(places) * len(FORMS) // 2:
                name += f" {dice.choice(places)}"
        used.add(name)
        land = lands[places.index(town) % len(lands)]
        code = dice.digits(5)
        for _ in range(size):
            rows.add({"affiliation": _written(dice, name, town, land, code)})
    return rows.done()


def _written(dice: Dice, name: str, town: str, land: str, code: str) -> str:
    parts = [name]
    if dice.chance(0.5):
        unit = dice.choice(("Department of", "Department of", "School of", "Division of"))
        parts.insert(0, f"{unit} {dice.pick(SUBJECTS, 0.5)}")
    if dice.chance(0.55):
        parts.append(f"{town} {code}" if dice.chance(0.25) else town)
    if dice.chance(0.7):
        parts.append(land)
    text = ", ".join(parts)
    if dice.chance(0.4):
        for word, ways in SHORT.items():
            text = text.replace(word, dice.choice(ways))
    if dice.chance(0.1):
        text += f". {dice.pick(pool('login', 200)).lower()}@{town.lower()}.example"
    return unaccented(dice.err(text, 0.15))
