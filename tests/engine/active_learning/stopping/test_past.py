from functools import reduce

import pyarrow as pa

from matchloop.active_learning.stopping import states
from matchloop.data.labels import Labels, Provenance


def round_of(number: int | None, file: str | None, keys: list[str], label: str = "A") -> Labels:
    rows = pa.table(
        {"labeling_set_id": ["s"] * len(keys), "label": [label] * len(keys), "id": keys}
    )
    return Labels.of(rows, key="id", provenance=Provenance(round=number, source=file))


def test_rounds_are_told_apart_by_number_or_file() -> None:
    numbered = [round_of(0, None, ["a", "b"]), round_of(1, None, ["c"]), round_of(2, None, ["d"])]
    files = [round_of(None, f"{n}.csv", keys) for n, keys in enumerate((["a", "b"], ["c"], ["d"]))]

    for rounds in (numbered, files):
        found = states(reduce(Labels.merged, rounds), 5)
        assert [one.values["id"].to_pylist() for one in found] == [
            ["a", "b"],
            ["a", "b", "c"],
            ["a", "b", "c", "d"],
        ]


def test_only_the_last_rounds_are_gone_back_to() -> None:
    labels = reduce(Labels.merged, (round_of(n, None, [f"k{n}"]) for n in range(6)))

    assert [len(one) for one in states(labels, 2)] == [4, 5, 6]
    assert states(labels, 0) == [labels]


def test_labels_of_one_import_have_no_past() -> None:
    labels = round_of(None, "all.csv", ["a", "b", "c"])

    assert states(labels, 3) == [labels]


def test_a_label_that_was_changed_belongs_to_the_later_round() -> None:
    labels = round_of(0, None, ["a", "b"]).merged(round_of(1, None, ["b"], "B"))

    assert [one.values["id"].to_pylist() for one in states(labels, 3)] == [["a"], ["a", "b"]]
