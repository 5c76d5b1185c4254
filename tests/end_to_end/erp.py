"""Customers as a German ERP system exports them, and what happens to them month by month."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field
from pathlib import Path

from persons import make_persons

__all__ = ["KEY", "Customers", "amount", "day", "read_export", "write_export"]

Row = dict[str, str]

KEY = "Kundennr"
COLUMNS = {
    "given": "Vorname",
    "surname": "Nachname",
    "dob": "Geburtsdatum",
    "street": "Straße",
    "street_no": "Hausnr",
    "postcode": "PLZ",
    "suburb": "Ort",
    "phone": "Telefon",
    "email": "E-Mail",
}
HOME = ("Straße", "Hausnr", "PLZ", "Ort")
UMLAUTS = (("oo", "ö"), ("ai", "ä"), ("ou", "ü"), ("street", "straße"), ("avenue", "allee"))


def read_export(path: Path) -> list[Row]:
    """Read a file as the ERP system does: cp1252, semicolons."""
    with path.open(newline="", encoding="cp1252") as file:
        return list(csv.DictReader(file, delimiter=";"))


def write_export(path: Path, rows: list[Row]) -> None:
    """Write a file as the ERP system does."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode("cp1252"))


def amount(text: str) -> float:
    """Return the number of an amount such as ``1.234,56``."""
    return float(text.replace(".", "").replace(",", "."))


def day(text: str) -> tuple[int, ...]:
    """Return a date such as ``31.12.2025`` as numbers that sort by time."""
    return tuple(int(part) for part in reversed(text.split(".")))


@dataclass
class Customers:
    """The customers of one year: those of now, those yet to come, those who left.

    Parameters
    ----------
    count
        Customers in January.
    later
        Customers yet to come.
    seed
        Decides everything.
    """

    count: int
    later: int
    seed: int = 0
    present: dict[str, Row] = field(init=False)
    person: dict[str, int] = field(init=False)
    gone: list[Row] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        made = make_persons(self.count + self.later, seed=self.seed).to_pylist()
        self.person = {f"K{row['id']:06}": row["ent"] for row in made}
        rows = [self._exported(row) for row in made]
        self._to_come = rows[self.count :]
        self.present = {row[KEY]: row for row in rows[: self.count]}

    def month(
        self, number: int, *, new: int, changed: int, moved: int, touched: int, deleted: int
    ) -> tuple[list[Row], list[str]]:
        """Play a month, and return the rows of its batch and the keys of those who left.

        Parameters
        ----------
        number
            Of the month, from 2 on; from 9 on, five customers who left come back.
        new, changed, moved, touched, deleted
            How many there are: ``moved`` get another address, ``touched`` only another date of
            change and turnover.
        """
        drawn = self._rng.sample(sorted(self.present), changed + moved + touched + deleted)
        batch = []
        for at, key in enumerate(drawn[: changed + moved + touched]):
            row = {**self.present[key], "Geändert": f"{1 + at % 28:02}.{number:02}.2025"}
            row["Umsatz"] = self._turnover()
            if at < changed:
                self._correct(row)
            elif at < changed + moved:
                other = self.present[self._rng.choice(drawn)]
                row |= {name: other[name] for name in HOME}
            batch.append(row)
        left = drawn[changed + moved + touched :]
        back = [self.gone.pop(0) for _ in range(5)] if number >= 9 else []
        self.gone += [self.present.pop(key) for key in left]
        batch += [self._to_come.pop() for _ in range(new)] + back
        self._rng.shuffle(batch)
        self.present |= {row[KEY]: row for row in batch}
        return batch, left

    def _exported(self, made: dict[str, str | None]) -> Row:
        row = {KEY: f"K{made['id']:06}"}
        for name, column in COLUMNS.items():
            value = made[name] or ""
            if name not in ("phone", "email"):
                value = value.title() if value.islower() else value
                for sound, letter in UMLAUTS:
                    value = value.replace(sound, letter)
            row[column] = value
        born = row["Geburtsdatum"]
        if len(born) == 8:
            row["Geburtsdatum"] = f"{born[6:]}.{born[4:6]}.{born[:4]}"
        row["Umsatz"] = self._turnover()
        row["Geändert"] = f"{self._rng.randint(1, 28):02}.{self._rng.randint(1, 12):02}.2024"
        return row

    def _turnover(self) -> str:
        cents = self._rng.randint(0, 9_999_999)
        return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02}"

    def _correct(self, row: Row) -> None:
        """Give a customer another phone, or mistype a name."""
        if self._rng.random() < 0.5:
            row["Telefon"] = f"0{self._rng.randint(10**8, 10**9)}"
            return
        name = self._rng.choice(["Vorname", "Nachname", "Straße"])
        at = self._rng.randint(0, len(row[name]))
        row[name] = row[name][:at] + self._rng.choice("aeinrst") + row[name][at + 1 :]
