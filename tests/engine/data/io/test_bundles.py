import hashlib
import json
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop.data.io.bundles import Bundle, read_bundle, write_bundle
from matchloop.errors import BundleError

BUNDLE = Bundle(
    {"threshold": 0.5, "name": "Łódź"},
    {"a": np.arange(6, dtype=np.int32).reshape(2, 3), "deep/b": np.array([np.nan, 1.0])},
)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.matchloop"
    write_bundle(path, BUNDLE)
    return path


def test_what_was_saved_comes_back(saved: Path) -> None:
    loaded = read_bundle(saved)

    assert loaded.settings == BUNDLE.settings
    assert loaded.arrays.keys() == BUNDLE.arrays.keys()
    for name, array in BUNDLE.arrays.items():
        np.testing.assert_array_equal(loaded.arrays[name], array)
        assert loaded.arrays[name].dtype == array.dtype


def test_the_same_content_gives_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write_bundle(again, BUNDLE)

    assert again.read_bytes() == saved.read_bytes()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model at"):
        read_bundle(tmp_path / "nothing")


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("id,name\n1,anna\n")

    with pytest.raises(BundleError, match="not a matchloop model"):
        read_bundle(path)


def test_a_foreign_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")

    with pytest.raises(BundleError, match="no manifest"):
        read_bundle(path)


def test_a_newer_model_is_refused(saved: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(newer, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                data = json.dumps(json.loads(data) | {"version": 99}).encode()
            new.writestr(name, data)

    with pytest.raises(BundleError, match="upgrade matchloop"):
        read_bundle(newer)


def test_an_array_exchanged_for_another_is_refused(saved: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "arrays/a.npy":
                data = data[:-1] + bytes([data[-1] ^ 1])
            new.writestr(name, data)  # with a checksum of its own that is right

    with pytest.raises(BundleError, match=r"arrays/a\.npy does not have the content"):
        read_bundle(changed)


def test_an_array_of_objects_is_never_unpickled(saved: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile"
    with hostile.open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        array = tmp_path / "array.npy"
        np.save(array, np.array([{"a": 1}], dtype=object), allow_pickle=True)
        data = array.read_bytes()
        manifest = {
            "format": "matchloop-model",
            "version": 1,
            "settings": {},
            "sha256": {"arrays/a.npy": hashlib.sha256(data).hexdigest()},
        }
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("arrays/a.npy", data)

    with pytest.raises(BundleError, match="damaged"):
        read_bundle(hostile)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 0.999), byte=st.integers(1, 255))
def test_any_changed_byte_is_noticed_or_harmless(saved: Path, place: float, byte: int) -> None:
    data = bytearray(saved.read_bytes())
    data[int(place * len(data))] ^= byte
    broken = saved.with_name("broken")
    broken.write_bytes(bytes(data))

    with suppress(BundleError):
        loaded = read_bundle(broken)
        for name, array in BUNDLE.arrays.items():
            np.testing.assert_array_equal(loaded.arrays[name], array)


def test_an_array_put_in_place_of_the_saved_one_is_refused(saved: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(".npy"):
                data = data[:-1] + bytes([data[-1] ^ 1])  # the archive's own checksum is right
            new.writestr(name, data)

    with pytest.raises(BundleError, match="not have the content it was saved with"):
        read_bundle(changed)


def test_a_model_cut_short_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-40])

    with pytest.raises(BundleError):
        read_bundle(saved)
