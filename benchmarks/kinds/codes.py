"""Places with codes that say the same in several columns; by default none stands twice."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows
from kinds.words import listed, pool

__all__ = ["airports", "cities", "counties", "subdivisions"]

ONCE = {1: 1.0}


def counties(seed: int, n_rows: int, *, repeats: float = 0.0) -> Made:
    """Return counties: name, state, FIPS code; many states have a county of the same name.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of counties that stand twice, the second time with errors and maybe without code.
    """
    dice = Dice(f"counties {seed}")
    rows, used = Rows(dice, n_rows), set[tuple[str, str]]()
    states, numbers = pool("state", 50, 3), [1] * 50
    names = pool("county", max(40, n_rows * 3 // 5))
    kinds = ("County", "County", "County", "County", "Parish", "Borough", "City")
    for size in rows.entities({1: 1 - repeats, 2: repeats}):
        state, name = dice.randrange(50), dice.pick(names, 0.7)
        while (states[state], name) in used:
            state, name = dice.randrange(50), dice.pick(names, 0.7)
        used.add((states[state], name))
        full = f"{name} {dice.choice(kinds)}"
        code = f"{state + 1:02d}{numbers[state]:03d}"
        numbers[state] += 2
        rows.add({"name": full, "state": states[state], "fips": code})
        if size == 2:
            lost = "" if dice.chance(0.4) else code
            rows.add({"name": dice.err(full), "state": states[state], "fips": lost})
    return rows.done()


def subdivisions(seed: int, n_rows: int) -> Made:
    """Return subdivisions of countries: name, type, country; no code tells them apart."""
    dice = Dice(f"subdivisions {seed}")
    rows, used = Rows(dice, n_rows), set[tuple[str, str]]()
    countries, names = pool("country", 190, 2), pool("subdivision", max(50, n_rows * 4 // 5))
    sorts = listed("Province Region Municipality District State Department Governorate Parish")
    sides = ("North", "South", "East", "West", "Central", "Upper")
    for _ in rows.entities(ONCE):
        country, name, sort = dice.pick(countries, 0.6), dice.pick(names, 0.4), dice.pick(sorts)
        if dice.chance(0.15):
            name = f"{dice.choice(sides)} {name}"
        if (name, country) in used:
            name = f"{name} {dice.choice(names)}"
        used.add((name, country))
        rows.add({"name": name, "type": sort, "country": country})
    return rows.done()


def cities(seed: int, n_rows: int, *, repeats: float = 0.0) -> Made:
    """Return cities with region, country, country code, time zone, coordinates, population.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of cities that stand twice, the second time with errors.
    """
    dice = Dice(f"cities {seed}")
    rows, names = Rows(dice, n_rows), pool("city", max(60, n_rows * 7 // 10))
    countries = pool("nation", 60, 2)
    for size in rows.entities({1: 1 - repeats, 2: repeats}):
        country = dice.pick(countries, 0.9)
        number = countries.index(country)
        region = f"{country[:2].upper()}-{dice.randint(1, 12):02d}"
        latitude, longitude = number - 30 + dice.random() * 4, 5 * number - 150 + dice.random() * 6
        city = {
            "city": dice.pick(names, 0.4),
            "region": region,
            "country": country,
            "country_code": country[:2].upper() + country[-1].upper(),
            "timezone": f"{('Europe', 'Asia', 'America')[number % 3]}/{countries[number // 5]}",
            "latitude": f"{latitude:.4f}",
            "longitude": f"{longitude:.4f}",
            "population": str(int(1000 * dice.paretovariate(0.9))),
        }
        rows.add(city)
        if size == 2:
            other = city | {
                "city": dice.err(city["city"]),
                "latitude": f"{latitude + dice.gauss(0, 0.005):.3f}",
                "longitude": f"{longitude + dice.gauss(0, 0.005):.3f}",
                "population": str(int(int(city["population"]) * dice.uniform(0.8, 1.2))),
            }
            rows.add(dice.lose(other, {"timezone": 0.2, "region": 0.3, "population": 0.3}))
    return rows.done()


def airports(seed: int, n_rows: int) -> Made:
    """Return airports: code, name, city, country, elevation; large cities have several."""
    dice = Dice(f"airports {seed}")
    rows, towns, countries = Rows(dice, n_rows), pool("town", 1200), pool("land", 80)
    sorts = (
        "Airport",
        "International Airport",
        "Municipal Airport",
        "Airfield",
        "Regional Airport",
    )
    codes = set[str]()
    while not rows.is_full:
        town, country = dice.pick(towns, 0.3), dice.pick(countries, 0.8)
        for sort in dice.some(sorts, 1, 2):
            rows.new_entity()
            code = town[:2].upper() + dice.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            while code in codes:
                length = 3 if len(codes) < 10_000 else 5  # 17,576 codes of three letters
                code = "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=length))
            codes.add(code)
            airport = {
                "iata": code,
                "icao": country[0].upper() + code,
                "name": f"{town} {sort}",
                "city": town,
                "country": country,
                "elevation": str(int(abs(dice.gauss(0, 900)))),
            }
            rows.add(dice.lose(airport, {"iata": 0.3, "elevation": 0.05}))
    return rows.done()
