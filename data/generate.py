"""Make the sample tables of this folder: the same bytes each time.

    python data/generate.py [FOLDER]

Names, streets and products are invented or so common that they mean nobody; phone numbers and
e-mail addresses are from ranges that are set apart for examples.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

SEED = 20_240


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


GIVEN = words(
    "Anna Ben Carla David Elena Felix Grace Henry Ines Jakub Karin Liam Maria Noah Olga Peter"
    " Quentin Rosa Samuel Tess Ulrich Vera Walter Xenia Yusuf Zoë José Łukasz Björn Nguyễn"
)
FAMILY = words(
    "Adams Becker Costa Dubois Evans Fischer García Hansen Ito Jensen Kowalski Larsen Müller Novak"
    " O'Brien Petrov Quinn Rossi Schmidt Taylor Usman Vogel Weber Young Zimmermann Sánchez Nowak"
    " Lindqvist Murphy Okafor"
)
STREETS = words("Oak Mill Station Church Park High Lake Garden Bridge School River Hill")
CITIES = words("Springfield Riverton Lakeside Greenville Fairview Northport Milltown Westbrook")
SHORT = {"Street": "St.", "Avenue": "Ave", "Road": "Rd"}
BRANDS = words("Nordik Alpina Veloce Kaizen Brightmoor Tessera Ostara Quill")
GOODS = {
    "kettle": ("1.7 l", "stainless steel"),
    "toaster": ("2 slots", "with bun rack"),
    "desk lamp": ("LED 9 W", "dimmable"),
    "headphones": ("wireless", "noise cancelling"),
    "backpack": ("25 l", "water repellent"),
    "camping stove": ("2.5 kW", "foldable"),
    "office chair": ("mesh back", "height adjustable"),
    "drill": ("18 V", "with two batteries"),
}
COLOURS = words("black white red blue green silver")


class Dice:
    """Chances drawn from one stream of numbers, the same in every Python version."""

    def __init__(self, seed: int) -> None:
        self._next = random.Random(seed).random

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to below ``limit``."""
        return int(self._next() * limit)

    def of(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[self.below(len(values))]

    def chance(self, share: float) -> bool:
        """Return true in this share of the calls."""
        return self._next() < share

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """Return the values in another order."""
        rest = list(values)
        return [rest.pop(self.below(len(rest))) for _ in values]

    def mistyped(self, text: str) -> str:
        """Return a text with one letter left out, doubled, swapped or replaced."""
        if len(text) < 3:
            return text
        at = 1 + self.below(len(text) - 2)
        swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        changed = text[:at] + chr(97 + self.below(26)) + text[at + 1 :]
        return self.of([text[:at] + text[at + 1 :], text[:at] + text[at:], swapped, changed])


def customer(dice: Dice) -> dict[str, str]:
    """Invent a customer."""
    given, family = dice.of(GIVEN), dice.of(FAMILY)
    plain = "".join(c for c in f"{given}.{family}".lower() if c.isascii() and c != "'")
    return {
        "name": f"{given} {family}",
        "street": f"{1 + dice.below(180)} {dice.of(STREETS)} {dice.of(list(SHORT))}",
        "city": dice.of(CITIES),
        "phone": f"({201 + dice.below(700)}) 555-01{dice.below(100):02d}",
        "email": f"{plain}{dice.below(90)}@example.{dice.of(['com', 'org', 'net'])}",
        "birth_date": (date(1940, 1, 1) + timedelta(dice.below(24_000))).isoformat(),
    }


def customer_again(dice: Dice, first: dict[str, str]) -> dict[str, str]:
    """Write a customer down a second time, as another clerk would."""
    row = dict(first)
    if dice.chance(0.4):
        row["name"] = dice.mistyped(row["name"])
    elif dice.chance(0.3):
        given, family = row["name"].split(" ", 1)
        row["name"] = dice.of([f"{family}, {given}", f"{given[0]}. {family}"])
    if dice.chance(0.5):
        kind = row["street"].rsplit(" ", 1)[1]
        row["street"] = row["street"].replace(kind, SHORT[kind])
    if dice.chance(0.1):  # moved house
        row["street"], row["city"] = customer(dice)["street"], dice.of(CITIES)
    if dice.chance(0.4):
        digits = "".join(c for c in row["phone"] if c.isdigit())
        row["phone"] = f"+1 {digits[:3]} {digits[3:6]} {digits[6:]}"
    if dice.chance(0.3):
        born = date.fromisoformat(row["birth_date"])
        row["birth_date"] = f"{born.day}.{born.month}.{born.year}"
    for column, lost in (("phone", 0.2), ("email", 0.3), ("birth_date", 0.15), ("city", 0.05)):
        if dice.chance(lost):
            row[column] = ""
    return row


def product(dice: Dice) -> dict[str, str]:
    """Invent a product as the first shop lists it."""
    brand, thing = dice.of(BRANDS), dice.of(list(GOODS))
    size, extra = GOODS[thing]
    model = f"{brand[:2].upper()}{100 + dice.below(900)}{dice.of('ABCXZ')}"
    price = 15 + dice.below(180) + dice.of([0.0, 0.49, 0.9, 0.99])
    return {
        "title": f"{brand} {model} {thing} {size} {dice.of(COLOURS)}",
        "brand": brand,
        "description": f"{thing}, {extra}, {size}",
        "price": f"{price:.2f}",
        "weight": f"{0.2 + dice.below(60) / 10:.1f} kg",
    }


def product_elsewhere(dice: Dice, first: dict[str, str]) -> dict[str, str]:
    """List a product as the second shop does."""
    brand, model, *rest = first["title"].split(" ")
    row = dict(first)
    words = dice.of([[brand, *rest], [model, *rest], [*rest[:-1], brand, model], [brand, model]])
    row["title"] = " ".join(words).upper() if dice.chance(0.3) else " ".join(words)
    row["price"] = f"${float(first['price']) * (0.9 + dice.below(20) / 100):,.2f}"
    row["weight"] = f"{float(first['weight'].split()[0]) * 1000:.0f} g"
    for column, lost in (("brand", 0.4), ("description", 0.4), ("price", 0.1), ("weight", 0.3)):
        if dice.chance(lost):
            row[column] = ""
    return row


def customers(dice: Dice) -> list[tuple[int, dict[str, str]]]:
    """Return rows of 260 customers, each with its customer's number."""
    rows = []
    for number in range(260):
        first = customer(dice)
        again = dice.of([0, 0, 0, 0, 1, 1, 1, 2, 2, 3])
        rows += [(number, first), *((number, customer_again(dice, first)) for _ in range(again))]
    return dice.shuffled(rows)


def products(dice: Dice) -> list[tuple[int, dict[str, str]]]:
    """Return the lists of two shops, each row with its product's number; 150 stand in both."""
    rows = []
    for number in range(250):
        first = product(dice)
        if number < 200:
            rows.append((number, {"shop": "north", **first}))
        if number < 150 or number >= 200:
            rows.append((number, {"shop": "south", **product_elsewhere(dice, first)}))
    return dice.shuffled(rows)


def write(folder: Path, name: str, rows: list[tuple[int, dict[str, str]]], entity: str) -> None:
    """Write a table and its truth, keys in the order of the rows."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["id", *rows[0][1]])
        table.writerows([f"{1001 + place}", *row.values()] for place, (_, row) in enumerate(rows))
    with (folder / f"{name}_truth.csv").open("w", encoding="utf-8", newline="") as file:
        truth = csv.writer(file, lineterminator="\n")
        truth.writerow(["id", entity])
        truth.writerows([f"{1001 + place}", number] for place, (number, _) in enumerate(rows))


def write_apart(folder: Path, rows: list[tuple[int, dict[str, str]]]) -> None:
    """Write the list of each shop as a table of its own, with its own names of columns."""
    for shop, names in (("south", {}), ("north", {"title": "name", "brand": "maker"})):
        with (folder / f"shop_{shop}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            columns = [name for name in rows[0][1] if name != "shop"]
            table.writerow(["id", *(names.get(name, name) for name in columns)])
            for place, (_, row) in enumerate(rows):
                if row["shop"] == shop:
                    table.writerow([f"{1001 + place}", *(row[name] for name in columns)])


def generate(folder: Path) -> None:
    """Write every table of this script into a folder."""
    write(folder, "customers", customers(Dice(SEED)), "customer")
    listed = products(Dice(SEED + 1))
    write(folder, "products_two_shops", listed, "product")
    write_apart(folder, listed)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
