"""Relatives, namesakes and further columns for the persons of ``persons.py``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["HOME", "chosen_columns", "relate"]

HOME = ("street_no", "street", "suburb", "postcode", "state")
#: Columns in the order in which a narrow table keeps them.
NARROW = ("given", "surname", "dob", "suburb", "postcode", "phone", "email", "street", "street_no")
MEMBERS = (2, 3, 4, 5, 6)
MEMBERS_SHARE = (0.35, 0.25, 0.25, 0.1, 0.05)

Column = NDArray[np.object_]


def relate(
    rng: np.random.Generator,
    clean: dict[str, Column],
    households: float,
    juniors: float,
    twins: float,
    namesakes: float,
) -> None:
    """Turn some persons into households and namesakes, in place.

    Parameters
    ----------
    rng
        Source of chance.
    clean
        The true values of each person by column.
    households
        Share of persons who live with others.
    juniors, twins
        Shares of households with a child of a parent's name, of those with a child, and with
        twins, of those with two children.
    namesakes
        Share of persons who have the name of another person.
    """
    before = clean["given"] + "." + clean["surname"]
    count = len(before)
    if households:
        head, place = _households(rng, count, households)
        _live_together(rng, clean, head, place)
        _name_children(rng, clean, head, place, juniors, twins)
    if namesakes:
        rows = np.flatnonzero(rng.random(count) < namesakes)
        other = rng.integers(0, count, len(rows))
        for name in ("given", "surname"):
            clean[name][rows] = clean[name][other]
    after = clean["given"] + "." + clean["surname"]
    for row in np.flatnonzero(before != after):
        clean["email"][row] = str(clean["email"][row]).replace(str(before[row]), str(after[row]))


def _households(
    rng: np.random.Generator, count: int, share: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the head of each person's household and the person's place in it."""
    size = rng.choice(MEMBERS, p=MEMBERS_SHARE, size=count)
    # ``share`` counts persons; of the homes, fewer have several members.
    several = share / (share + (1 - share) * float(size.mean()))
    alone = rng.random(count) < 1 - several
    size[alone] = 1
    start = np.cumsum(size) - size
    head = np.repeat(start, size)[:count]
    return head, np.arange(count) - head


def _live_together(
    rng: np.random.Generator,
    clean: dict[str, Column],
    head: NDArray[np.int64],
    place: NDArray[np.int64],
) -> None:
    """Give the members of a household one address, mostly one surname and one phone."""
    whole = rng.random(len(head))
    for name in HOME:
        clean[name] = clean[name][head]
    kept_name = (place == 1) & (rng.random(len(head)) < 0.15)
    clean["surname"] = np.where(kept_name, clean["surname"], clean["surname"][head])
    clean["phone"] = np.where(whole[head] < 0.7, clean["phone"][head], clean["phone"])
    clean["email"] = np.where(whole[head] < 0.15, clean["email"][head], clean["email"])


def _name_children(
    rng: np.random.Generator,
    clean: dict[str, Column],
    head: NDArray[np.int64],
    place: NDArray[np.int64],
    juniors: float,
    twins: float,
) -> None:
    """Date the births of a household; name some children after a parent, make some twins."""
    count = len(head)
    born = clean["dob"].astype(np.int64)
    year, day = born // 10_000, born % 10_000
    parent = 1930 + (year[head] - 1930) * 5 // 8
    near = parent + rng.integers(-6, 7, count)
    child = np.minimum(parent + rng.integers(20, 41, count), 2009)
    lives_alone = np.bincount(head, minlength=count)[head] == 1
    year = np.where(place == 0, parent, np.where(place == 1, near, child))
    born = np.where(lives_alone, born, year * 10_000 + day)
    third = np.flatnonzero(place == 2)
    junior = third[rng.random(len(third)) < juniors]
    clean["given"][junior] = clean["given"][head[junior]]
    fourth = np.flatnonzero(place == 3)
    twin = fourth[rng.random(len(fourth)) < twins]
    born[twin] = born[twin - 1]
    clean["dob"] = born.astype(str).astype(object)


def chosen_columns(
    rng: np.random.Generator,
    columns: dict[str, Column],
    entity: NDArray[np.int64],
    count: int,
    *,
    split_dates: bool,
) -> dict[str, Column]:
    """Return a table of fewer or more columns.

    Parameters
    ----------
    rng
        Source of chance.
    columns
        The ten columns.
    entity
        Person of each row.
    count
        How many columns there shall be, 4 to 14.
    split_dates
        Whether the date of birth becomes ``birth_day``, ``birth_month`` and ``birth_year``.

    Returns
    -------
    dict
        The columns by name.

    Raises
    ------
    ValueError
        If ``count`` is out of range.
    """
    if not 4 <= count <= 14:
        raise ValueError(f"columns={count}: expected 4 to 14")
    if count < len(columns):
        columns = {name: columns[name] for name in columns if name in NARROW[:count]}
    if count > 10:
        columns = columns | _further(rng, entity, count - 10)
    if split_dates:
        columns = _split(columns)
    return columns


def _further(rng: np.random.Generator, entity: NDArray[np.int64], count: int) -> dict[str, Column]:
    people, rows = int(entity.max()) + 1, len(entity)
    sex = rng.integers(0, 2, people)
    pools: dict[str, tuple[Column, float]] = {
        "sex": (np.array(["m", "f"], object)[sex], 0.05),
        "title": (np.array(["mr", "ms"], object)[sex], 0.3),
        "middle": (np.array(list("abcdefghjklmnprstw"), object)[rng.integers(0, 18, people)], 0.5),
        "country": (np.where(rng.random(people) < 0.95, "au", "nz").astype(object), 0.1),
    }
    made = {}
    for name, (values, lost) in list(pools.items())[:count]:
        column = values[entity]
        wrong = rng.random(rows) < 0.02
        column[wrong] = values[rng.integers(0, people, int(wrong.sum()))]
        column[rng.random(rows) < lost] = ""
        made[name] = column
    return made


def _split(columns: dict[str, Column]) -> dict[str, Column]:
    made: dict[str, Column] = {}
    for name, column in columns.items():
        if name != "dob":
            made[name] = column
            continue
        for part, where in (("day", slice(6, 8)), ("month", slice(4, 6)), ("year", slice(0, 4))):
            cut = [str(value)[where].lstrip("0") for value in column]
            made[f"birth_{part}"] = np.array(cut, object)
    return made
