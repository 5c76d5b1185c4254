"""Products of lines whose variants differ in a capacity, colour, size or edition alone."""

from __future__ import annotations

from collections.abc import Iterator

from kinds.making import Dice, Made, Rows
from kinds.words import COLOURS, pool

__all__ = ["make", "offers"]

CAPACITY = ("16GB", "32GB", "64GB", "128GB", "256GB", "512GB", "1TB")
SIZES = ("XS", "S", "M", "L", "XL", "38", "39", "40", "41", "42", "43")
EDITIONS = ("Standard", "Deluxe", "Collector's", "2nd", "3rd", "Student", "Home", "Professional")
PACKS = ("250 g", "500 g", "750 g", "1 kg", "2 kg", "6 x 500 g", "100 ml", "250 ml", "1 l")
SORTS = {
    "phone": CAPACITY,
    "memory card": CAPACITY,
    "hard drive": CAPACITY,
    "running shoe": SIZES,
    "rain jacket": SIZES,
    "photo software": EDITIONS,
    "board game": EDITIONS,
    "coffee": PACKS,
    "shampoo": PACKS,
}
SAME = {
    "GB": ("GB", " GB", "gb", "G"),
    "TB": ("TB", " TB", "tb"),
    "kg": ("kg", "kg", "KG", "kilo"),
}
SHOP_WORDS = ("new", "sale", "original", "free shipping", "- best price", "retail", "boxed", "OEM")


def make(
    seed: int,
    n_rows: int,
    *,
    repeats: float = 0.3,
    part_numbers: float = 0.5,
    colours: bool = True,
) -> Made:
    """Return a product list with variants.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of products with a second or third row; 0 makes a clean list.
    part_numbers
        Share of rows that have their part number.
    colours
        Whether variants also differ in colour.
    """
    dice = Dice(f"variants {seed}")
    rows = Rows(dice, n_rows)
    sizes = {1: 1 - repeats, 2: repeats * 0.7, 3: repeats * 0.3}
    for product in _products(dice, rows, colours=colours):
        for turn in range(dice.size(sizes)):
            rows.add(_listed(dice, product, part_numbers, turn > 0))
    return rows.done()


def offers(seed: int, n_rows: int, *, part_numbers: float = 0.35) -> Made:
    """Return offers of many shops: each writes the title in its own way.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    part_numbers
        Share of offers that have the part number.
    """
    dice = Dice(f"offers {seed}")
    rows, shops = Rows(dice, n_rows), pool("shop", 12)
    for product in _products(dice, rows, colours=True):
        for turn in range(dice.size({1: 0.35, 2: 0.25, 3: 0.15, 4: 0.1, 6: 0.1, 9: 0.05})):
            row = _listed(dice, product, part_numbers, turn > 0)
            words = row["title"].split(" ")
            if dice.chance(0.4):
                dice.shuffle(words)
            if dice.chance(0.5):
                words.insert(dice.choice((0, len(words))), dice.choice(SHOP_WORDS))
            title = " ".join(words)
            rows.add({"shop": dice.pick(shops).lower()} | row | {"title": title})
    return rows.done()


def _products(dice: Dice, rows: Rows, *, colours: bool) -> Iterator[dict[str, str]]:
    """Yield products, the variants of a line one after another, until the table is full."""
    brands = pool("brand", 60)
    while not rows.is_full:
        brand, sort = dice.pick(brands), dice.choice(list(SORTS))
        series = dice.choice(pool("series", 300, 1))
        line = f"{series} {dice.choice(('', 'Pro ', 'Plus ', 'Mini ', ''))}{dice.randint(1, 99)}"
        price = round(10 ** dice.uniform(0.7, 3), 2)
        prefix = brand[:2].upper() + dice.digits(4)
        options = SORTS[sort]
        start = dice.randrange(len(options) - 2)
        seen = set[tuple[str, str]]()
        for step, option in enumerate(options[start : start + dice.choice((1, 2, 3, 4))]):
            for colour in dice.some(COLOURS, 1, 3) if colours and sort != "coffee" else [""]:
                if (option, colour) in seen:
                    continue
                seen.add((option, colour))
                rows.new_entity()
                yield {
                    "brand": brand,
                    "line": line,
                    "sort": sort,
                    "option": option,
                    "colour": colour,
                    "part": f"{prefix}-{len(seen):02d}{colour[:2].upper()}",
                    "price": f"{price * (1 + 0.25 * step):.2f}",
                }


def _listed(
    dice: Dice, product: dict[str, str], part_numbers: float, is_repeat: bool
) -> dict[str, str]:
    """Return one row of a product, written in one of several ways."""
    option = product["option"]
    colour = product["colour"]
    if is_repeat:
        for unit, ways in SAME.items():
            if option.endswith(unit):
                option = option.removesuffix(unit).rstrip() + dice.choice(ways)
        colour = "" if dice.chance(0.05) else colour
    edition = f"{option} Edition" if product["option"] in EDITIONS else option
    words = [product["brand"], product["line"], product["sort"], edition, colour]
    if is_repeat and dice.chance(0.5):
        words[2:] = dice.sample(words[2:], 3)
    title = " ".join(word for word in words if word)
    price = float(product["price"]) * (dice.uniform(0.85, 1.15) if is_repeat else 1)
    row = {
        "title": dice.err(title, 0.3) if is_repeat else title,
        "brand": product["brand"] if not is_repeat else dice.err(product["brand"], 0.2),
        "part_number": product["part"],
        "price": f"{price:.2f}",
    }
    return dice.lose(row, {"brand": 0.15, "part_number": 1 - part_numbers, "price": 0.1})
