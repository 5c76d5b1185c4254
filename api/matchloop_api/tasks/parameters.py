"""The engine's settings that a transform's FindMatchesParameters ask for."""

from __future__ import annotations

from matchloop import Matcher
from matchloop_api.errors import MLTransformNotReadyException
from matchloop_api.store import Transform

__all__ = ["check_ready", "key_of", "matcher_of"]


def matcher_of(transform: Transform, *, seed: int = 0) -> Matcher:
    """Return a matcher with a transform's settings; what is unset is 0.5, or false."""
    given = transform.definition.get("Parameters", {}).get("FindMatchesParameters", {})
    return Matcher(
        precision_recall=_or_half(given.get("PrecisionRecallTradeoff")),
        accuracy_cost=_or_half(given.get("AccuracyCostTradeoff")),
        enforce_labels=bool(given.get("EnforceProvidedLabels", False)),
        seed=seed,
    )


def _or_half(value: float | None) -> float:
    return 0.5 if value is None else float(value)


def key_of(transform: Transform) -> str:
    """Return the name of the column that identifies a record."""
    given = transform.definition.get("Parameters", {}).get("FindMatchesParameters", {})
    return str(given.get("PrimaryKeyColumnName", ""))


def check_ready(transform: Transform) -> None:
    """Refuse a transform that has not been taught both answers.

    Raises
    ------
    MLTransformNotReadyException
        It is in another state.
    """
    if transform.status != "READY":
        raise MLTransformNotReadyException(
            "This operation can only be applied to a transform that is in a READY state."
        )
