from pathlib import Path

import pyarrow as pa
import pytest

from matchloop.data.labels import Labels
from matchloop.lab.simulation.oracles import BUILTIN, Annotators, Oracle, Person, Replay
from matchloop.lab.testing import OracleContract, made_up_truth


def answered_file(folder: Path) -> str:
    """Write a labelling file that groups half of the rows of the made-up truth."""
    truth = made_up_truth()
    assert truth.records is not None
    table = truth.records.table.slice(0, 15)
    marks = pa.array(["set"] * 15), pa.array([f"e{one}" for one in truth.entities[:15].tolist()])
    path = folder / "labels.csv"
    from matchloop.data.io import write_labels

    columns = [*marks, *table.columns]
    names = ["labeling_set_id", "label", *table.column_names]
    write_labels(Labels.of(pa.Table.from_arrays(columns, names=names), key="id"), path)
    return str(path)


class TestEveryOracle(OracleContract):
    @pytest.fixture(params=[*sorted(set(BUILTIN) - {"person"}), "three votes"])
    def oracle(self, request: pytest.FixtureRequest, tmp_path: Path) -> Oracle:
        if request.param == "replay":
            return Replay(answered_file(tmp_path))
        if request.param == "three votes":
            return Annotators(asked=3)
        return BUILTIN[request.param]()


def test_only_a_person_is_left_out_of_the_contract() -> None:
    assert BUILTIN["person"] is Person
