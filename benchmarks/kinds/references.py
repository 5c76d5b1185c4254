"""Publications: references of a review or a bibliography, and the linkage of two sources."""

from __future__ import annotations

from collections.abc import Iterator

from kinds.making import Dice, Made, Rows
from kinds.words import ENGLISH_FIRST, SCIENCE, listed, pool

__all__ = ["linkage", "make"]

LINKERS = listed("of in for and with on under by from using")


def make(
    seed: int,
    n_rows: int,
    *,
    sizes: dict[int, float] | None = None,
    pages: float = 0.9,
    dirt: float = 1.0,
) -> Made:
    """Return references: author, title, journal, year, volume, number, pages, doi.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    sizes
        Share of works by number of rows; few duplicates when left out.
    pages
        Share of rows that have volume, number and pages.
    dirt
        Errors per repeated row, as a multiple of the usual number.
    """
    dice = Dice(f"references {seed}")
    rows = Rows(dice, n_rows)
    works = _works(dice, n_rows)
    for size in rows.entities(sizes or {1: 0.93, 2: 0.06, 3: 0.01}):
        work = next(works)
        for turn in range(size):
            rows.add(_cited(dice, work, pages, dirt if turn else 0.0))
    return rows.done()


def linkage(seed: int, n_rows: int, *, most: int = 6) -> Made:
    """Return two sources: ``a`` has each work once, ``b`` up to ``most`` times, and other works.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    most
        Rows of a work in ``b`` at most.
    """
    dice = Dice(f"linkage {seed}")
    rows, works = Rows(dice, n_rows), _works(dice, n_rows)
    copies = {1: 0.55, 2: 0.25, 3: 0.1, most: 0.1}
    while not rows.is_full:
        work, how = next(works), dice.random()
        rows.new_entity()
        keep = ("title", "author", "journal", "year")
        if how < 0.4:
            rows.add({"source": "a"} | {name: work[name] for name in keep})
        if how < 0.3 or how >= 0.4:
            for _ in range(dice.size(copies)):
                cited = _cited(dice, work, 0.5, 1.0)
                rows.add({"source": "b"} | {name: cited[name] for name in keep})
    return rows.done()


def _works(dice: Dice, count: int) -> Iterator[dict[str, str]]:
    """Yield distinct works without end; some share authors, journal and most of their title."""
    people = [
        f"{last}, {dice.pick(ENGLISH_FIRST)}" for last in pool("author", max(150, count // 2))
    ]
    journals = [_journal(dice) for _ in range(60)]
    before: dict[str, str] = {}
    while True:
        title = _title(dice)
        authors = " and ".join(dice.some(people, 1, 6, 0.5))
        journal, year = dice.pick(journals, 0.7), dice.randint(1975, 2023)
        volume, number = year - 1970 + dice.randint(0, 5), dice.randint(1, 12)
        if before and dice.chance(0.06):  # a part, a comment, or the same group's next paper
            part = dice.choice((": part II", ": a reply", " in children", ": a second study"))
            title, authors, journal = before["title"] + part, before["author"], before["journal"]
        start = dice.randint(1, 1800)
        before = {
            "author": authors,
            "title": title,
            "journal": journal,
            "year": str(year),
            "volume": str(volume),
            "number": str(number),
            "pages": f"{start}-{start + dice.randint(3, 25)}",
            "doi": f"10.{dice.digits(4)}/{dice.digits(7)}",
        }
        yield before


def _journal(dice: Dice) -> str:
    head = dice.choice(
        ("Journal of", "International Journal of", "Annals of", "Advances in", "Archives of")
    )
    return f"{head} {' and '.join(dice.some(SCIENCE, 1, 2, 0.2)).title()}"


def _title(dice: Dice) -> str:
    words: list[str] = []
    for word in dice.some(SCIENCE, 4, 9, 0.35):
        words += [word, dice.choice(LINKERS)] if dice.chance(0.35) else [word]
    if words[-1] in LINKERS:
        words.pop()
    return " ".join(words).capitalize()


def _cited(dice: Dice, work: dict[str, str], pages: float, dirt: float) -> dict[str, str]:
    """Return a work as one reference has it."""
    row = dict(work)
    if dirt:
        row["title"] = dice.err(row["title"], 0.4 * dirt)
        row["author"] = _authors(dice, row["author"], dirt)
        if dice.chance(0.15 * (dirt - 1)):
            row["title"] = row["title"].split(" ", 4)[-1]
        if dice.chance(0.15 * (dirt - 1)):
            row["journal"] = "".join(w[0] for w in row["journal"].split(" ") if w[0].isupper())
        elif dice.chance(0.4):
            row["journal"] = " ".join(
                word[:5] + "." if len(word) > 5 else word for word in row["journal"].split(" ")
            )
        if dice.chance(0.25):
            row["pages"] = row["pages"].split("-")[0]
        elif dice.chance(0.3):
            row["pages"] = row["pages"].replace("-", "--")
        if dice.chance(0.06 * dirt):
            row["year"] = str(int(row["year"]) + dice.choice((-1, 1)))
    if not dice.chance(pages):
        row |= {"volume": "", "number": "", "pages": ""}
    lost = {"number": 0.3, "volume": 0.05, "pages": 0.08, "doi": 0.5, "journal": 0.04, "year": 0.02}
    return dice.lose(row, lost)


def _authors(dice: Dice, authors: str, dirt: float) -> str:
    """Return authors with initials, another order of their parts, or only the first."""
    people = [person.split(", ") for person in authors.split(" and ")]
    how = dice.random()
    if how < 0.35:
        return " and ".join(f"{last}, {first[0]}." for last, first in people)
    if how < 0.55:
        return ", ".join(f"{first[0]}. {last}" for last, first in people)
    if how < 0.7 and len(people) > 2:
        return f"{people[0][0]}, {people[0][1][0]}. et al."
    return dice.err(authors, 0.2 * dirt)
