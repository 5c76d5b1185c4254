"""Hotels, restaurants and shops with coordinates; chains stand at many places."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows
from kinds.words import listed, pool

__all__ = ["linkage", "make"]

SORTS = listed("Hotel Restaurant Café Bar Pharmacy Bakery Hostel Cinema Bookshop Pizzeria")
WAYS = {"Street": "St", "Avenue": "Ave", "Road": "Rd", "Square": "Sq", "Boulevard": "Blvd"}
FIRST = listed("Golden Old Royal Blue Grand Little Green Central Park Corner Black White Sunny")
SECOND = listed("Lion Garden Palace Mill Star Bridge Harbour Kitchen House Crown Table Swan Rose")


def make(seed: int, n_rows: int, *, repeats: float = 0.3, chains: float = 0.2) -> Made:
    """Return places of one list.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of places with two or three rows.
    chains
        Share of places that belong to a chain and have its name.
    """
    dice = Dice(f"places {seed}")
    rows = Rows(dice, n_rows)
    sizes = {1: 1 - repeats, 2: repeats * 0.8, 3: repeats * 0.2}
    before: dict[str, str] = {}
    for size in rows.entities(sizes):
        place = before = _place(dice, before, chains)
        for turn in range(size):
            rows.add(_seen(dice, place) if turn else place)
    return rows.done()


def linkage(seed: int, n_rows: int, *, chains: float = 0.2) -> Made:
    """Return two lists, each place once in each; half of the places are in both.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    chains
        Share of places that belong to a chain and have its name.
    """
    dice = Dice(f"places {seed}")
    rows = Rows(dice, n_rows)
    before: dict[str, str] = {}
    while not rows.is_full:
        rows.new_entity()
        place = before = _place(dice, before, chains)
        how = dice.random()
        if how < 0.7:
            rows.add({"source": "a"} | place | {"category": place["category"].lower()})
        if how > 0.35:
            rows.add({"source": "b"} | _seen(dice, place))
    return rows.done()


def _place(dice: Dice, before: dict[str, str], chains: float) -> dict[str, str]:
    """Return a place; one in eight stands in the same building as the one before."""
    town = dice.randrange(120)
    sort, name = dice.pick(SORTS), f"{dice.pick(FIRST, 0.4)} {dice.pick(SECOND, 0.4)}"
    how = dice.random()
    if how < chains:
        name = dice.pick(pool("chain", 25))
    elif how < 0.45:
        name = f"{sort} {dice.choice(pool('owner', 800))}"
    elif how < 0.75:
        name = f"{name} {sort}"
    way = f"{dice.pick(pool('way', 300), 0.4)} {dice.pick([*WAYS])}"
    place = {
        "name": name,
        "address": f"{dice.randint(1, 300)} {way}",
        "city": pool("town", 120)[town],
        "postcode": f"{10 + town % 80}{dice.randint(100, 160)}",
        "phone": f"{200 + town}-{dice.digits(3)}-{dice.digits(4)}",
        "category": sort,
        "latitude": f"{40 + town % 10 + dice.random() * 0.2:.5f}",
        "longitude": f"{5 + town // 10 + dice.random() * 0.3:.5f}",
    }
    if before and dice.chance(0.12):
        place |= {
            key: before[key] for key in ("address", "city", "postcode", "latitude", "longitude")
        }
    return dice.lose(place, {"phone": 0.2, "category": 0.1})


def _seen(dice: Dice, place: dict[str, str]) -> dict[str, str]:
    """Return a place as another directory has it."""
    row = dict(place)
    row["name"] = dice.err(row["name"], 0.4)
    if dice.chance(0.2):
        row["name"] = f"{row['name']} {place['city']}"
    if dice.chance(0.5):
        for word, short in WAYS.items():
            row["address"] = row["address"].replace(word, short)
    row["address"] = dice.err(row["address"], 0.15)
    if dice.chance(0.6):
        row["phone"] = row["phone"].replace("-", dice.choice((" ", "", ".", "/")))
    if dice.chance(0.25):
        row["phone"] = f"{dice.digits(3)}-{dice.digits(7)}"
    for name in ("latitude", "longitude"):
        row[name] = f"{float(row[name]) + dice.gauss(0, 0.0006):.4f}"
    if dice.chance(0.3):
        row["category"] = dice.pick(SORTS)
    lost = {"latitude": 0.1, "phone": 0.2, "postcode": 0.15, "category": 0.2}
    row = dice.lose(row, lost)
    return row if row["latitude"] else row | {"longitude": ""}
