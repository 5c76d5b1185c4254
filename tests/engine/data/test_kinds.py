from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import matchloop as ml
from matchloop.data.kinds import infer_kind, is_random
from matchloop.data.reading_notes import reading_notes
from matchloop.data.records import Kind
from matchloop.data.views import Views

WORDS = ["amber", "black", "river", "stone", "lake", "hill", "north", "green", "oak", "silver"]


def column(make: object, rows: int = 300) -> pa.Array:
    rng = np.random.default_rng(5)
    assert callable(make)
    return pa.array([make(rng) for _ in range(rows)])


def pick(rng: np.random.Generator, count: int) -> str:
    return " ".join(rng.choice(WORDS, count))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (
            lambda r: f"{pick(r, 1)}{r.integers(90)}".title().rstrip("0123456789") + pick(r, 1),
            "name",
        ),
        (lambda r: pick(r, 2), "name"),
        (lambda r: f"{r.integers(1, 999)} {pick(r, 1)} street", "name"),
        (lambda r: pick(r, 9), "text"),
        (lambda r: "".join(chr(c) for c in r.integers(0x4E00, 0x9000, 30)), "text"),
        (lambda r: "".join(chr(c) for c in r.integers(0x4E00, 0x9000, 4)), "name"),
        (lambda r: str(r.choice(["nsw", "vic", "qld"])), "category"),
        (lambda r: bool(r.integers(2)), "category"),
        (lambda r: str(r.integers(1, 4)), "category"),
        (lambda r: f"${r.integers(1, 2000)}.{r.integers(10, 99)}", "number"),
        (lambda r: f"{r.integers(1, 2000)},{r.integers(10, 99)} €", "number"),
        (lambda r: f"{r.integers(1, 900)} kg", "number"),
        (lambda r: f"{r.integers(1, 900)} reviews", "number"),
        (lambda r: f"{r.integers(1, 9)}:{r.integers(10, 59)}", "number"),
        (lambda r: f"{r.random() * 100:.1f}%", "number"),
        (lambda r: float(r.random()), "number"),
        (lambda r: int(r.integers(1, 400)), "number"),
        (lambda r: str(dt.date(1950, 1, 1) + dt.timedelta(int(r.integers(20_000)))), "date"),
        (lambda r: int(r.integers(1950, 2020)) * 10_000 + 624, "date"),
        (lambda r: f"{r.integers(1, 28)}/{r.integers(1, 12)}/{r.integers(1950, 2020)}", "date"),
        (lambda r: dt.date(1950, 1, 1) + dt.timedelta(int(r.integers(20_000))), "date"),
        (lambda r: str(r.integers(1930, 2020)), "date"),
        (lambda r: f"0{r.integers(10**8, 10**9)}", "identifier"),
        (lambda r: f"+49 30 {r.integers(10**6, 10**7)}", "identifier"),
        (
            lambda r: f"{r.integers(200, 999)}-{r.integers(200, 999)}-{r.integers(1000, 9999)}",
            "identifier",
        ),
        (lambda r: f"{pick(r, 1)}{r.integers(99)}@mail.example", "identifier"),
        (lambda r: f"https://shop.example/{r.integers(9999)}", "identifier"),
        (lambda r: f"XR-{r.integers(100, 9999)}{pick(r, 1)[0]}", "identifier"),
        (lambda r: f"{r.integers(0, 99_999):05d}", "identifier"),
        (lambda r: f"{r.random() * 90:.5f}, {r.random() * 180:.5f}", "location"),
        (lambda r: f"POINT({r.random() * 180:.5f} {r.random() * 90:.5f})", "location"),
    ],
)
def test_tells_kinds_by_their_values(make: object, kind: str) -> None:
    assert infer_kind(column(make)) == kind


@pytest.mark.parametrize(
    "values",
    [
        pa.nulls(5),
        pa.array([None, None], pa.string()),
        pa.array(["", " ", "-"]),
        pa.array([], pa.string()),
        pa.chunked_array([], pa.string()),
        pa.array([float("nan")]),
        pa.array(["same"] * 50),
        pa.array([1]),
        pa.array(["x"]).dictionary_encode(),
        pa.array([dt.timedelta(1)]),
        pa.array([dt.time(1)]),
    ],
)
def test_columns_that_say_little_have_some_kind(values: pa.Array) -> None:
    assert infer_kind(values) in list(Kind)


def test_missing_markers_are_no_values() -> None:
    values = pa.array(["7.5 %", "-", "n/a", "-", "unknown", "5 %", "-", "-"] * 40)

    assert infer_kind(values) == Kind.NUMBER


def test_large_columns_are_sampled_and_sparse_ones_found() -> None:
    sparse = pa.chunked_array([pa.nulls(200_000, pa.string()), pa.array(["2020-01-31"] * 50)])

    assert infer_kind(sparse) == Kind.DATE
    assert infer_kind(pa.chunked_array([["12.5 kg"] * 100_000] * 3)) == Kind.NUMBER


@given(st.lists(st.none() | st.text(max_size=20), max_size=30))
def test_any_text_has_a_kind_whatever_its_chunks_and_type(values: list[str | None]) -> None:
    whole = pa.array(values, pa.string())
    kind = infer_kind(whole)

    assert infer_kind(pa.chunked_array([whole.slice(0, 3), whole.slice(3)])) == kind
    assert infer_kind(whole.cast(pa.large_string())) == kind
    assert infer_kind(whole.dictionary_encode()) == kind


def test_identifiers_drawn_at_random_tell_nothing() -> None:
    rng = np.random.default_rng(3)
    random = [str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(60)]
    mistyped = [*random[:-1], random[0][:-1] + "x"]
    repeated = [*random[:-1], random[0]]
    phones = [f"+49 30 {number}" for number in rng.integers(1_000_000, 10_000_000, 60)]
    mails = [f"{pick(rng, 1)}{number}@mail.example.org" for number in range(60)]

    assert is_random(pa.array(random))
    assert is_random(pa.array([None, *random]))
    for telling in (mistyped, repeated, phones, mails, random[:5]):
        assert not is_random(pa.array(telling))


def test_a_random_column_is_left_out_and_named_unless_it_has_a_kind(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    path = tmp_path / "people.csv"
    rows = [f"{row},{pick(rng, 2)},{uuid.UUID(bytes=rng.bytes(16))}" for row in range(60)]
    path.write_text("\n".join(["id,name,ref", *rows]))

    left_out = ml.read_records(path, key="id")
    kept = ml.read_records(path, key="id", kinds={"ref": "identifier"})

    assert left_out.columns == ("name",)
    assert any(
        "column ref holds a value of its own" in note for note in reading_notes(Views(left_out))
    )
    assert kept.columns == ("name", "ref")
    assert reading_notes(Views(kept)) == []
