import pyarrow as pa
import pytest

from matchloop.entities.identity import keys_to_delete
from matchloop.errors import TableError


def test_keys_are_read_as_text_whatever_else_the_table_holds() -> None:
    table = pa.table({"why": ["left", None], "id": [7, 10]})

    assert keys_to_delete(table, "id", name="gone.csv") == ["7", "10"]


def test_a_table_without_the_key_column_is_refused() -> None:
    with pytest.raises(TableError, match=r"gone.csv lacks the key column 'id'; it has 'nr'; give"):
        keys_to_delete(pa.table({"nr": ["1"]}), "id", name="gone.csv")


def test_a_row_without_a_key_is_refused() -> None:
    with pytest.raises(TableError, match=r"gone.csv: 1 row has no 'id'; leave them out"):
        keys_to_delete(pa.table({"id": ["1", None]}), "id", name="gone.csv")
