"""Open the store that a URL names."""

from __future__ import annotations

from matchloop_api.store.base import Store

__all__ = ["open_store"]


def open_store(url: str, *, migrate: bool = True) -> Store:
    """Open a store, made if it is not there, and brought to this version's schema.

    Parameters
    ----------
    url
        A SQLAlchemy URL: ``sqlite:///path`` or ``postgresql+psycopg://...``.
    migrate
        Whether the schema is brought up to date; otherwise an older one is refused.
    """
    raise NotImplementedError
