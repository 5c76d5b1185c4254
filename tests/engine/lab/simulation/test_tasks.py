import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.records import Kind, Records
from matchloop.errors import UsageError
from matchloop.lab.simulation import Task, split_by_entity


def records(count: int, sources: bool = False, name: str = "x") -> Records:
    table = {
        "id": [str(n) for n in range(count)],
        "name": [f"{name} {n % 3}" for n in range(count)],
    }
    if sources:
        table["shop"] = ["ab"[n % 2] for n in range(count)]
    return Records(pa.table(table), "id", {"name": Kind.NAME}, "shop" if sources else None)


ENTITIES = st.lists(st.integers(0, 12), min_size=4, max_size=40)


@given(ENTITIES, st.booleans(), st.floats(0.05, 0.95), st.integers(0, 99))
def test_the_split_leaks_no_entity(
    entities: list[int], linkage: bool, share: float, seed: int
) -> None:
    task = Task.of("any", records(len(entities), linkage), np.array(entities))
    split = split_by_entity(task, share=share, seed=seed)
    out, kept = task.entities[split.held_out], task.entities[~split.held_out]

    assert not set(out.tolist()) & set(kept.tolist())
    assert not (split.judged & ~split.held_out).any()
    pairs = task.prepared.candidates
    assert (split.test == (split.judged[pairs.left] | split.judged[pairs.right])).all()
    if linkage:
        assert task.records.sources is not None
        assert len(set(task.records.sources[split.judged].tolist())) <= 1


@given(ENTITIES, st.floats(0.05, 0.95))
def test_at_least_the_share_is_held_out_and_no_entity_more(
    entities: list[int], share: float
) -> None:
    task = Task.of("any", records(len(entities)), np.array(entities))
    out = split_by_entity(task, share=share, seed=1).held_out
    largest = np.bincount(task.entities).max()

    assert share * len(entities) <= out.sum() + 1e-9
    assert out.sum() <= share * len(entities) + largest


def test_a_seed_decides_what_is_held_out(people: Task) -> None:
    first, again, other = (split_by_entity(people, share=0.3, seed=seed) for seed in (0, 0, 1))

    assert (first.held_out == again.held_out).all()
    assert (first.held_out != other.held_out).any()


def test_the_digest_changes_with_rows_kinds_and_truth() -> None:
    entities = np.arange(6) // 2
    first = Task.of("any", records(6), entities)
    others = [
        Task.of("any", records(6, name="y"), entities),
        Task.of("any", records(6, sources=True), entities),
        Task.of("any", records(6), np.arange(6) // 3),
        Task.of("any", Records(records(6).table, "id", {"name": Kind.TEXT}), entities),
    ]

    assert len({first.digest, *(other.digest for other in others)}) == 5
    assert Task.of("renamed", records(6), entities + 7).digest == first.digest


def test_the_truth_of_another_table_is_refused() -> None:
    with pytest.raises(UsageError, match="the truth knows 3 records, the table holds 4"):
        Task.of("any", records(4), np.arange(3))
