"""Things whose names differ in a number alone: rooms, pumps, streets, volumes."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows
from kinds.words import listed, pool

__all__ = ["make"]

THINGS = listed("Room Pump Valve Gate Platform Locker Apartment Volume Flight Station Unit Track")
SHORT = {"Room": "Rm", "Apartment": "Apt", "Volume": "Vol.", "Platform": "Plat.", "Station": "Stn"}


def make(seed: int, n_rows: int, *, repeats: float = 0.25) -> Made:
    """Return things: name, site, status, year.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of things with a second row in another spelling.
    """
    dice = Dice(f"numbered {seed}")
    rows, sites = Rows(dice, n_rows), pool("site", 12)
    used = set[tuple[str, str, int]]()
    for size in rows.entities({1: 1 - repeats, 2: repeats}):
        thing, site, number = "", "", 0
        while not number or (thing, site, number) in used:
            thing, site = dice.pick(THINGS, 0.8), dice.pick(sites, 0.8)
            number = dice.randint(1, 9) * 100 + dice.randint(1, 12 + n_rows // 40)
        used.add((thing, site, number))
        row = {"name": f"{thing} {number}", "site": site, "year": str(dice.randint(1990, 2022))}
        row |= {"status": dice.pick(("in use", "closed", "planned"), 1.5)}
        rows.add(dice.lose(row, {"year": 0.2}))
        if size == 2:
            short = SHORT.get(thing, thing) if dice.chance(0.6) else thing
            ways = (
                f"{short} {number}",
                f"{short} No. {number}",
                f"{short}-{number}",
                f"{number} {thing}",
            )
            copy = row | {"name": dice.recased(dice.choice(ways)), "site": dice.err(site, 0.15)}
            rows.add(dice.lose(copy, {"year": 0.3, "status": 0.2}))
    return rows.done()
