"""The page's scripts and styles: compressed, and sent again only when they changed."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["static_response"]

_STATIC = Path(__file__).parent / "static"
_COMMENT = re.compile(rb"^ *//.*", re.MULTILINE)
"""A line that is a comment. Its line stays, empty: errors name the lines of the sources."""

_TYPES = {".js": "text/javascript", ".css": "text/css"}


def static_response(name: str, request: Request) -> Response | None:
    """Return a script or stylesheet of the page; None where there is no such file."""
    path = _STATIC / name
    if path.parent != _STATIC or path.suffix not in _TYPES or not path.is_file():
        return None
    plain, packed, tag = _read(path, path.stat().st_mtime_ns)
    headers = {"Cache-Control": "no-cache", "ETag": tag, "Vary": "Accept-Encoding"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        plain = packed
    return Response(plain, media_type=_TYPES[path.suffix], headers=headers)


@lru_cache(maxsize=128)
def _read(path: Path, _changed_at: int) -> tuple[bytes, bytes, str]:
    """Return a file, the file compressed, and its entity tag; scripts without their comments."""
    plain = path.read_bytes()
    if path.suffix == ".js":
        plain = _COMMENT.sub(b"", plain)
    return plain, gzip.compress(plain, 9, mtime=0), f'W/"{sha256(plain).hexdigest()[:16]}"'
