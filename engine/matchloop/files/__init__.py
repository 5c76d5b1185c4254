"""Where bytes live: files on this machine, and by the same contract in other places."""

from matchloop.errors import UsageError
from matchloop.files.base import Entry, Files
from matchloop.files.local import LocalFiles, local_path

__all__ = ["Entry", "Files", "LocalFiles", "files_at", "local_path"]


def files_at(path: str) -> Files:
    """Return the place that a path belongs to.

    Raises
    ------
    UsageError
        The path names a place that matchloop does not know (``s3://bucket/key``).
    """
    scheme, found, _ = path.partition("://")
    if found and scheme.isalnum() and len(scheme) > 1 and scheme.lower() != "file":
        raise UsageError(f"no files at {scheme}://; give a path on this machine")
    return LocalFiles()
