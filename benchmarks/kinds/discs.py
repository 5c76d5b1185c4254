"""Discs with damaged text of many scripts: few duplicates in many rows."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows, unaccented
from kinds.words import NOUNS, listed, pool

__all__ = ["make"]

SCRIPTS = {
    "latin": "",
    "accented": "áéíóúñçãõüöäßåøęłśżčšž",
    "greek": "αβγδεζηθικλμνξοπρστυφχψω",
    "cyrillic": "абвгдежзийклмнопрстуфхцчшщыьэюя",
    "japanese": "あいうえおかきくけこさしすせそたちつてとなにぬねの",
    "chinese": "愛風月星夜雨夢海山花心春秋天水火",
    "hebrew": "אבגדהוזחטיכלמנסעפצקרשת",
}
DAMAGES = ("mojibake", "replaced", "unaccented", "question marks")
GENRES = listed("Rock Pop Jazz Classical Folk Blues Soundtrack Electronic Country Reggae Metal")
CATEGORIES = listed("rock misc classical jazz folk blues data newage soundtrack country reggae")


def make(
    seed: int, n_rows: int, *, repeats: float = 0.03, damage: float = 0.15, foreign: float = 0.3
) -> Made:
    """Return discs: artist, title, category, genre, year, tracks.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of discs that stand twice or three times.
    damage
        Share of rows read in the wrong encoding or with lost letters.
    foreign
        Share of discs in another script or with accents.
    """
    dice = Dice(f"discs {seed}")
    rows, artists = Rows(dice, n_rows), list[tuple[str, str]]()
    for size in rows.entities({1: 1 - repeats, 2: repeats * 0.85, 3: repeats * 0.15}):
        if artists and dice.chance(0.55):
            script, artist = dice.choice(artists)
        else:
            script = dice.choice(list(SCRIPTS)[1:]) if dice.chance(foreign) else "latin"
            artist = " ".join(_words(dice, script, 1, 3, "artist")).title()
            if dice.chance(0.06):
                artist = "Various Artists"
            artists.append((script, artist))
        title = " ".join(_words(dice, script, 1, 4)).capitalize()
        series = dice.chance(0.12)
        tracks = [" ".join(_words(dice, script, 1, 4)).title() for _ in range(dice.randint(6, 16))]
        year, genre = str(dice.randint(1960, 2005)), dice.pick(GENRES)
        category = dice.pick(CATEGORIES)
        for turn in range(size):
            how = dice.pick(DAMAGES, 1.0) if dice.chance(damage) else ""
            row = {
                "artist": _read(dice, artist, how),
                "title": _read(dice, f"{title} (Disc 1)" if series else title, how),
                "category": dice.pick(CATEGORIES) if turn and dice.chance(0.4) else category,
                "genre": dice.pick(GENRES) if turn and dice.chance(0.4) else genre,
                "year": year,
                "tracks": _read(dice, " | ".join(tracks), how),
            }
            if turn:
                row |= {
                    "artist": dice.err(row["artist"], 0.35),
                    "title": dice.err(row["title"], 0.5),
                }
                row["tracks"] = _retracked(dice, row["tracks"])
            rows.add(dice.lose(row, {"year": 0.35, "genre": 0.15}))
        if series and dice.chance(0.7):
            rows.new_entity()
            other = [" ".join(_words(dice, script, 1, 4)).title() for _ in tracks]
            row = {"artist": artist, "title": f"{title} (Disc 2)", "category": category}
            rows.add(row | {"genre": genre, "year": year, "tracks": " | ".join(other)})
    return rows.done()


def _words(dice: Dice, script: str, least: int, most: int, sort: str = "") -> list[str]:
    """Return words of a script; those of Latin script are words that come often."""
    count = dice.randint(least, most)
    if script == "latin":
        return [
            dice.pick(pool(sort, 900) if sort else (*NOUNS, *pool("lyric", 600)))
            for _ in range(count)
        ]
    made = []
    for _ in range(count):
        letters = SCRIPTS[script]
        short = script in ("chinese", "japanese")
        word = dice.choices(letters, k=dice.randint(2, 4) if short else dice.randint(3, 8))
        if script == "accented":
            base = dice.choice(pool("lyric", 600)).lower()
            at = dice.randrange(len(base))
            word = [base[:at], dice.choice(letters), base[at + 1 :]]
        made.append("".join(word))
    return made


def _read(dice: Dice, text: str, how: str) -> str:
    """Return a text as a program read it that took it for another encoding."""
    if how == "mojibake":
        return text.encode().decode("latin-1")
    if how == "replaced":
        return "".join("\ufffd" if not c.isascii() and dice.chance(0.5) else c for c in text)
    if how == "unaccented":
        return unaccented(text)
    if how == "question marks":
        return text.encode("ascii", "replace").decode()
    return text


def _retracked(dice: Dice, tracks: str) -> str:
    """Return a list of tracks as somebody else typed it."""
    names = [dice.err(name, 0.3) for name in tracks.split(" | ")]
    if dice.chance(0.15):
        names = names[:-1]
    if dice.chance(0.1):
        names = [f"{number + 1:02d} {name}" for number, name in enumerate(names)]
    return " | ".join(names)
