"""Look up the transform of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matchloop_api.errors import EntityNotFoundException

if TYPE_CHECKING:
    from matchloop_api.context import Context
    from matchloop_api.store import Transaction, Transform

__all__ = ["find_transform"]


def find_transform(tx: Transaction, transform_id: str, context: Context) -> Transform:
    """Return a transform by id; raise Glue's error if there is none."""
    if (transform := tx.transforms.get(transform_id)) is None:
        raise EntityNotFoundException(
            f"Cannot find MLTransform in account {context.settings.account_id} "
            f"with handle {transform_id}."
        )
    return transform
