from pathlib import Path

import numpy as np
import pytest

from matchloop.data.io import read_records, read_table
from matchloop.lab.simulation import Task

DATA = Path(__file__).resolve().parents[4] / "data"


@pytest.fixture(scope="session")
def people() -> Task:
    records = read_records(DATA / "people.csv", key="id", kinds={})
    truth = read_table(DATA / "people_truth.csv").column("person").to_pylist()
    return Task.of("people", records, np.unique(truth, return_inverse=True)[1])


@pytest.fixture(scope="session")
def shops() -> Task:
    records = read_records(DATA / "products_two_shops.csv", key="id", source="shop")
    truth = read_table(DATA / "products_two_shops_truth.csv").column("product").to_pylist()
    return Task.of("shops", records, np.unique(truth, return_inverse=True)[1])
