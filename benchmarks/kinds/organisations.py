"""Companies with legal forms, and one organisation that hundreds of rows stand for."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows
from kinds.words import LEGAL, TRADES, pool

__all__ = ["companies", "huge"]

SAME_FORM = {
    "GmbH": ("G.m.b.H.", "GMBH", "Gesellschaft mbH"),
    "AG": ("Aktiengesellschaft", "A.G."),
    "Ltd": ("Limited", "Ltd.", "LTD"),
    "Inc": ("Inc.", "Incorporated", "INC"),
    "Corp": ("Corporation", "Corp."),
    "B.V.": ("BV", "B. V."),
    "S.A.": ("SA",),
    "PLC": ("plc", "Public Limited Company"),
    "GmbH & Co. KG": ("GmbH&Co.KG", "GmbH und Co. KG"),
}


def companies(
    seed: int, n_rows: int, *, columns: int = 4, repeats: float = 0.3, groups: float = 0.15
) -> Made:
    """Return companies: name with or without legal form, and where they are.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    columns
        1 keeps the name alone; 4 adds city, country and web address.
    repeats
        Share of companies with two to five rows.
    groups
        Share of companies that share their first word with others, of other trades.
    """
    dice = Dice(f"companies {seed}")
    rows = Rows(dice, n_rows)
    towns, lands = pool("place", 400), pool("realm", 25)
    stems = pool("stem", max(200, n_rows))
    sizes = {1: 1 - repeats, 2: repeats * 0.6, 3: repeats * 0.25, 5: repeats * 0.15}
    used, stem = set[str](), ""
    for size in rows.entities(sizes):
        name = ""
        while not name or name.lower() in used:
            stem = stem if stem and dice.chance(groups) else dice.choice(stems)
            how = dice.random()
            trade = dice.pick(TRADES)
            name = stem if how < 0.35 else f"{stem} {trade}"
            if how > 0.85:
                name = f"{stem} & {dice.choice(stems)} {trade}"
            name = name.upper() if len(stem) <= 4 else name
        used.add(name.lower())
        form, city, land = dice.pick(LEGAL, 0.6), dice.pick(towns, 0.6), dice.pick(lands)
        site = f"www.{name.split(' ')[0].lower()}{dice.choice(('', '-group', '24'))}.example"
        for turn in range(size):
            row = {
                "name": _named(dice, name, form, turn > 0),
                "city": dice.err(city, 0.1) if turn else city,
                "country": land,
                "website": site,
            }
            row = dice.lose(row, {"city": 0.1, "country": 0.1, "website": 0.45})
            rows.add({"name": row["name"]} if columns == 1 else row)
    return rows.done()


def huge(seed: int, n_rows: int, *, biggest: int = 600) -> Made:
    """Return payees of which one stands in hundreds of rows under many forms of its name.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    biggest
        Rows of the largest entity; at most half of the table.
    """
    dice = Dice(f"huge {seed}")
    rows = Rows(dice, n_rows)
    towns = pool("place", 200)
    stems = pool("giant", max(100, n_rows // 3))
    _branches(dice, rows, ("Northern Light", "Power", "Corp"), min(biggest, n_rows // 2), towns)
    sizes = {1: 0.6, 2: 0.2, 3: 0.1, 6: 0.06, 15: 0.03, 40: 0.01}
    used = {"Northern Light Power"}
    while not rows.is_full:
        stem = dice.choice(stems) if dice.chance(0.85) else f"Northern {dice.choice(stems)}"
        trade, form = dice.pick((*TRADES, "Power", "Light")), dice.pick(LEGAL, 0.6)
        if f"{stem} {trade}" not in used:
            used.add(f"{stem} {trade}")
            _branches(dice, rows, (stem, trade, form), dice.size(sizes), towns)
    return rows.done()


def _branches(
    dice: Dice, rows: Rows, named: tuple[str, str, str], count: int, towns: tuple[str, ...]
) -> None:
    """Add the rows of one organisation, with the forms and addresses of a few offices."""
    rows.new_entity()
    stem, trade, form = named
    short = "".join(word[0] for word in (*stem.split(" "), trade)).upper() + form[0].upper()
    offices = [
        (f"{dice.randint(1, 999)} {dice.pick(towns)} St", dice.pick(towns, 0.5), dice.digits(5))
        for _ in range(min(8, 1 + count // 30))
    ]
    for _ in range(count):
        how = dice.random()
        name = _named(dice, f"{stem} {trade}", form, True)
        if how < 0.12:
            name = f"{short} - {stem}" if dice.chance(0.7) else f"{stem} ({short})"
        elif how < 0.3:
            name = f"{name} {dice.choice(('Dept', 'Acct', 'Branch', 'Unit'))} {dice.randint(1, 60)}"
        elif how < 0.38:
            name = f"{trade}, {stem} {form}"
        street, city, code = dice.choice(offices)
        row = {
            "payee": name,
            "address": dice.err(street, 0.25),
            "city": dice.err(city, 0.1),
            "zip": code,
            "amount": f"{10 ** dice.uniform(1, 5):.2f}",
        }
        rows.add(dice.lose(row, {"address": 0.2, "city": 0.1, "zip": 0.2}))


def _named(dice: Dice, name: str, form: str, is_repeat: bool) -> str:
    """Return a company's name as one row has it."""
    if not is_repeat:
        return f"{name} {form}" if dice.chance(0.7) else name
    how = dice.random()
    if how < 0.35:
        full = name
    elif how < 0.65:
        full = f"{name} {form}"
    elif how < 0.9:
        full = f"{name} {dice.choice(SAME_FORM.get(form, (form,)))}"
    else:
        full = f"{name} Group {form}"
    return dice.err(full, 0.3)
