import pytest

from matchloop.errors import UsageError
from matchloop.lab.simulation import Grid

TABLE = {"name": "people", "file": "people.csv", "key": "id", "truth": "truth.csv"}
LEAST = {"tables": [TABLE], "strategies": ["margin"]}


def test_a_grid_is_every_combination() -> None:
    grid = Grid.of(
        {
            **LEAST,
            "strategies": ["margin", {"name": "gumbel_margin", "temperature": 0.1}],
            "starts": ["mbx", "random"],
            "oracles": ["truth", {"name": "uniform", "rate": 0.1}],
            "questions": [{}, {"rows": 10, "sets": 2}],
            "policies": ["merge", "replace"],
            "learners": ["matcher", "forest"],
            "seeds": 3,
        }
    )
    cells = grid.cells()

    assert len([cell for cell in cells if not cell.is_supervised]) == 2**6 * 3
    assert len([cell for cell in cells if cell.is_supervised]) == 2 * 3
    assert len({cell.id for cell in cells}) == len(cells)


def test_the_name_of_a_run_depends_on_what_it_compares_only() -> None:
    first = {cell.id for cell in Grid.of(LEAST).cells()}
    longer = {**LEAST, "name": "other", "strategies": ["random", "margin"], "seeds": 11}

    assert first < {cell.id for cell in Grid.of(longer).cells()}
    assert (
        not {cell.id for cell in Grid.of({**LEAST, "rounds": 9, "supervised": False}).cells()}
        & first
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "a grid is a mapping"),
        ([LEAST], "a grid is a mapping"),
        ({"tables": [TABLE]}, "lists no strategies"),
        ({"strategies": ["margin"]}, "lists no tables"),
        ({**LEAST, "strategy": 1}, "a grid has no .*strategy.*; known: name, tables"),
        ({**LEAST, "strategies": "margin"}, "strategies: 'margin' is no list"),
        ({**LEAST, "strategies": [3]}, "strategies: 3 has no name"),
        ({**LEAST, "strategies": ["margin", "margin"]}, "strategies: .*margin.* stands twice"),
        ({**LEAST, "strategies": [{"name": "margin", "at": {1: 2}}]}, "settings are texts"),
        ({**LEAST, "tables": [TABLE, TABLE]}, "tables: .*people.* stands twice"),
        ({**LEAST, "tables": ["people"]}, "tables: 'people'; write name:"),
        ({**LEAST, "tables": [{"name": "people"}]}, "tables: 'people' lacks"),
        ({**LEAST, "tables": [{**TABLE, "keys": "id"}]}, "tables: no .*keys"),
        ({**LEAST, "tables": [{**TABLE, "key": 3}]}, "tables: .*key.* of 'people' is no text"),
        ({**LEAST, "tables": [{**TABLE, "kinds": ["name"]}]}, "write column: kind"),
        ({**LEAST, "policies": ["append"]}, "policies: no .*append.*; known: merge, replace"),
        ({**LEAST, "questions": [{"rows": 1}]}, "a set has at least 2 rows"),
        ({**LEAST, "questions": [{"size": 1}]}, "write rows: and sets:"),
        ({**LEAST, "questions": [10]}, "write rows: and sets:"),
        ({**LEAST, "rounds": 0}, "rounds: 0; give a whole number"),
        ({**LEAST, "seeds": True}, "seeds: True; give a whole number"),
        ({**LEAST, "test_share": 1}, "test_share: 1; give a share"),
        ({**LEAST, "supervised": "yes"}, "supervised: 'yes'; write true or false"),
    ],
)
def test_mistakes_are_one_line_that_names_them(given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        Grid.of(given)

    assert "\n" not in str(raised.value)
