"""Saved models: one zip file of JSON and arrays, no pickle.

Layout: ``manifest.json`` (format, version, settings, and the SHA-256 of every other member) and
``arrays/<name>.npy`` (NumPy format 1.0, loaded with pickle refused). The same content gives the
same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.data.files import files_at
from matchloop.data.io.writing import atomic_write
from matchloop.errors import BundleError

__all__ = ["Bundle", "pack_bundle", "read_bundle", "write_bundle"]

# What a file with any bytes changed has been seen to raise while it is opened as a zip.
_DAMAGES = (
    AttributeError,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)

FORMAT = "matchloop-model"
VERSION = 1
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MEMBER_LIMIT = 1 << 30


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """The content of a saved model.

    Parameters
    ----------
    settings
        JSON-compatible settings.
    arrays
        Named numeric arrays.
    """

    settings: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


def write_bundle(path: str | os.PathLike[str], bundle: Bundle) -> None:
    """Write a bundle; the file appears whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    data = pack_bundle(bundle)
    with atomic_write(path) as file:
        file.write(data)


def pack_bundle(bundle: Bundle) -> bytes:
    """Return the bytes of a bundle, the same for equal bundles."""
    members = {f"arrays/{name}.npy": _dump(bundle.arrays[name]) for name in sorted(bundle.arrays)}
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "settings": bundle.settings,
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"manifest.json": text, **members}.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def read_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Read a bundle and check every byte of it.

    Raises
    ------
    BundleError
        There is no such file, or it is not a matchloop model, is damaged, or is newer than this
        version reads.
    """
    path = os.fspath(path)
    files = files_at(path)
    if not files.exists(path):
        raise BundleError(f"no model at '{path}': expected a file written by Matcher.save or train")
    try:
        with files.open_input(path) as file, zipfile.ZipFile(file) as archive:
            manifest = _manifest(path, archive)
            arrays = {
                name.removeprefix("arrays/").removesuffix(".npy"): _load(archive, name, digest)
                for name, digest in manifest["sha256"].items()
            }
    except zipfile.BadZipFile:
        raise BundleError(
            f"'{path}' is not a matchloop model, or is cut short: expected a file written by "
            "Matcher.save or train; save it again"
        ) from None
    except _DAMAGES as error:
        raise BundleError(f"'{path}' is a damaged model ({error}): save it again") from None
    return Bundle(manifest["settings"], arrays)


def _manifest(path: str, archive: zipfile.ZipFile) -> dict[str, Any]:
    if "manifest.json" not in archive.namelist():
        raise BundleError(f"'{path}' is a zip file but not a matchloop model: it has no manifest")
    manifest: dict[str, Any] = json.loads(_member(archive, "manifest.json"))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleError(f"'{path}' is not a matchloop model: its manifest names another format")
    if not isinstance(manifest["version"], int) or manifest["version"] > VERSION:
        raise BundleError(
            f"'{path}' has model version {manifest['version']}, this matchloop reads up to "
            f"{VERSION}: upgrade matchloop, or train the model again"
        )
    return manifest


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _MEMBER_LIMIT:
        raise ValueError(f"{name} is larger than {_MEMBER_LIMIT} bytes")
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise ValueError(f"{name}: {error}") from None


def _load(archive: zipfile.ZipFile, name: str, digest: str) -> NDArray[Any]:
    data = _member(archive, name)
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"{name} does not have the content it was saved with")
    loaded: NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
    return loaded


def _dump(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()
