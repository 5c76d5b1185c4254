"""Where bytes live: files on this machine, and by the same contract in other places."""

from matchloop.data.files.base import Entry, Files
from matchloop.data.files.local import LocalFiles, local_path
from matchloop.data.files.s3 import S3Files
from matchloop.errors import UsageError

__all__ = ["Entry", "Files", "LocalFiles", "S3Files", "files_at", "local_path"]


def files_at(path: str) -> Files:
    """Return the place that a path belongs to.

    A path is one on this machine, also as ``file:///folder/file``, or ``s3://bucket/key``.

    Raises
    ------
    UsageError
        The path names a place that matchloop does not know.
    """
    scheme, separator, _ = path.partition("://")
    if not separator or not scheme.isalnum() or len(scheme) == 1 or scheme.lower() == "file":
        return LocalFiles()
    if scheme == "s3":
        return S3Files()
    raise UsageError(f"no files at {scheme}://; give a path on this machine or s3://bucket/key")
