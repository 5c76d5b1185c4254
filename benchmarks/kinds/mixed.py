"""Two kinds of records in one table: works and persons, or companies and their contacts."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows
from kinds.words import ENGLISH_FIRST, LEGAL, NOUNS, TRADES, pool

__all__ = ["catalogue", "contacts"]


def catalogue(seed: int, n_rows: int, *, repeats: float = 0.3) -> Made:
    """Return films and persons: a row has the columns of its own sort only.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of entities with two or three rows.
    """
    dice = Dice(f"catalogue {seed}")
    rows, lasts = Rows(dice, n_rows), pool("actor", max(200, n_rows))
    for size in rows.entities({1: 1 - repeats, 2: repeats * 0.8, 3: repeats * 0.2}):
        if dice.chance(0.5):
            born = dice.randint(1900, 1998)
            died = str(born + dice.randint(30, 95)) if dice.chance(0.3) else ""
            name = f"{dice.pick(ENGLISH_FIRST, 0.5)} {dice.choice(lasts)}"
            row = {"name": name, "birth_year": str(born), "death_year": died}
            job = dice.choice(("actor", "director", "writer", "composer"))
            row |= {"profession": job}
            lost = {"birth_year": 0.45, "death_year": 0.3, "profession": 0.3}
        else:
            words = dice.some((*NOUNS, *lasts[:100]), 1, 4, 0.4)
            year, title = dice.randint(1930, 2020), " ".join(words).title()
            if dice.chance(0.12):
                title += f" {dice.choice(('2', '3', 'II', 'III', 'Returns'))}"
            row = {"title": title, "start_year": str(year), "runtime": str(dice.randint(70, 180))}
            row |= {"genre": dice.pick(("drama", "comedy", "crime", "action", "horror", "war"))}
            lost = {"start_year": 0.15, "runtime": 0.4, "genre": 0.4}
        for turn in range(size):
            copy = dict(row)
            if turn:
                for column in ("name", "title"):
                    copy[column] = dice.err(copy[column], 0.4) if column in copy else ""
                if copy.get("runtime"):
                    copy["runtime"] = str(int(copy["runtime"]) + dice.choice((0, 0, 1, -1, 2)))
            rows.add(dice.lose(copy, lost))
    return rows.done()


def contacts(seed: int, n_rows: int, *, repeats: float = 0.3) -> Made:
    """Return business partners: companies, and persons who share a company's phone and address.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of entities with two or three rows.
    """
    dice = Dice(f"contacts {seed}")
    rows, lasts = Rows(dice, n_rows), pool("agent", 600)
    stems, towns, ways = pool("firm", max(150, n_rows)), pool("town", 150), pool("way", 300)
    sizes = {1: 1 - repeats, 2: repeats * 0.8, 3: repeats * 0.2}
    while not rows.is_full:
        stem = dice.choice(stems)
        office = {
            "phone": f"0{dice.digits(3)} {dice.digits(6)}",
            "street": f"{dice.pick(ways)} {dice.randint(1, 150)}",
            "city": dice.pick(towns),
        }
        name = f"{stem} {dice.pick(TRADES)} {dice.pick(LEGAL)}"
        firm = {"sort": "company", "name": name, "vat": f"XX{dice.digits(9)}"} | office
        _add(dice, rows, firm, dice.size(sizes), {"vat": 0.4, "phone": 0.25, "street": 0.1})
        for _ in range(dice.size({0: 0.4, 1: 0.3, 2: 0.2, 3: 0.1})):
            first, last = dice.pick(ENGLISH_FIRST, 0.5), dice.pick(lasts, 0.5)
            mail = f"{first}.{last}@{stem}.example".lower()
            person = {"sort": "person", "name": f"{first} {last}", "email": mail} | office
            if dice.chance(0.4):
                person["phone"] = f"01{dice.digits(2)} {dice.digits(7)}"
            born = f"{dice.randint(1940, 2000)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
            person["birth_date"] = born
            lost = {"email": 0.4, "birth_date": 0.6, "phone": 0.2, "street": 0.2, "sort": 0.05}
            _add(dice, rows, person, dice.size(sizes), lost)
    return rows.done()


def _add(
    dice: Dice, rows: Rows, values: dict[str, str], count: int, lost: dict[str, float]
) -> None:
    rows.new_entity()
    for turn in range(count):
        row = dict(values)
        if turn:
            row |= {name: dice.err(row[name], 0.35) for name in ("name", "street")}
        rows.add(dice.lose(row, lost))
