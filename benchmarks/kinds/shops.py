"""Products of two shops with long descriptions: each shop has words of its own."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows
from kinds.words import listed, pool

__all__ = ["make"]

SORTS = {
    "headphones": listed("wireless bluetooth stereo foldable bass noise cushion cable microphone"),
    "camera": listed("zoom lens sensor flash megapixel shutter battery display video tripod"),
    "blender": listed("blade jug speed motor watt dishwasher steel glass pulse smoothie"),
    "printer": listed("ink toner duplex tray paper scanner network page colour laser cartridge"),
    "monitor": listed("inch panel resolution contrast hdmi stand tilt refresh screen backlight"),
    "vacuum cleaner": listed("bag filter suction cordless brush hose dust floor carpet turbo"),
    "software": listed("license install windows upgrade user backup security edit photo support"),
}
PRAISE = listed(
    "perfect ideal premium quality easy use great performance design modern everyday comfort "
    "experience reliable powerful enjoy family home office professional results elegant compact "
    "includes warranty years delivery box customers love new improved innovative technology best "
    "solution value features advanced ultimate choice convenient durable lightweight stylish"
)
SMALL = listed("the and with for a of your to in it this is you from that all")


def make(seed: int, n_rows: int, *, descriptions: float = 0.75, model_numbers: float = 0.8) -> Made:
    """Return two sources: title, description, manufacturer, price; most products once in each.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    descriptions
        Share of rows with a description, of 15 to 120 words.
    model_numbers
        Share of titles in ``b`` that hold the model number; those in ``a`` all do.
    """
    dice = Dice(f"shops {seed}")
    rows, brands = Rows(dice, n_rows), pool("maker", 70)
    before = ("", "", "", "", 0.0)
    while not rows.is_full:
        rows.new_entity()
        sort = dice.choice([*SORTS])
        brand, number = dice.pick(brands), dice.randint(10, 999)
        line, price = dice.pick(pool("range", 250), 0.4), 10 ** dice.uniform(1, 3)
        letters = line[:2].upper()
        if before[0] and dice.chance(0.3):  # the next model of the same line
            brand, sort, line, letters, price = before
            price *= dice.uniform(1.05, 1.5)
        before = (brand, sort, line, letters, price)
        model = f"{letters}-{number}{dice.choice(('', '', 'S', 'X', 'B'))}"
        facts = dice.some(SORTS[sort], 3, 6, 0.2)
        facts = [f"{dice.randint(2, 900)} {fact}" if dice.chance(0.5) else fact for fact in facts]
        how = dice.random()
        if how < 0.7:
            row = {"title": f"{brand} {line} {sort} {model}", "manufacturer": brand}
            row |= {"description": _described(dice, [brand, line, model], facts)}
            _add(dice, rows, "a", row, price, descriptions)
        if how > 0.3:
            code = model.replace("-", dice.choice(("", " ", "-")))
            words = [brand, line, code if dice.chance(model_numbers) else "", sort, facts[0]]
            title = " ".join(word for word in words if word)
            row = {"title": dice.err(title, 0.4), "manufacturer": brand}
            row |= {"description": _described(dice, [line, code], facts)}
            _add(dice, rows, "b", row, price * dice.uniform(0.8, 1.2), descriptions)
    return rows.done()


def _add(
    dice: Dice, rows: Rows, source: str, row: dict[str, str], price: float, descriptions: float
) -> None:
    lost = {"description": 1 - descriptions, "manufacturer": 0.3, "price": 0.2}
    rows.add({"source": source} | dice.lose(row | {"price": f"{price:.2f}"}, lost))


def _described(dice: Dice, names: list[str], facts: list[str]) -> str:
    """Return a description: what the product is called and has, among words of praise."""
    words: list[str] = []
    for _ in range(dice.randint(12, 100)):
        words.append(dice.pick(SMALL if dice.chance(0.4) else PRAISE, 0.6))
    kept = [name for name in names if dice.chance(0.7)] + [
        fact for fact in facts if dice.chance(0.7)
    ]
    for fact in kept:
        words.insert(dice.randrange(len(words)), fact)
    return " ".join(words).capitalize()
