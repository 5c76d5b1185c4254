"""Convert a transform's FindMatchesParameters into settings of the engine."""

from __future__ import annotations

from matchloop import Matcher
from matchloop_api.errors import MLTransformNotReadyException
from matchloop_api.store import Transform

__all__ = ["check_ready", "key_of", "matcher_of"]


def matcher_of(transform: Transform, *, seed: int = 0) -> Matcher:
    """Return a matcher with a transform's settings; the defaults are 0.5 and false."""
    parameters = transform.definition.get("Parameters", {}).get("FindMatchesParameters", {})
    return Matcher(
        precision_recall=_or_half(parameters.get("PrecisionRecallTradeoff")),
        accuracy_cost=_or_half(parameters.get("AccuracyCostTradeoff")),
        enforce_labels=bool(parameters.get("EnforceProvidedLabels", False)),
        seed=seed,
    )


def _or_half(value: float | None) -> float:
    return 0.5 if value is None else float(value)


def key_of(transform: Transform) -> str:
    """Return the name of the key column."""
    parameters = transform.definition.get("Parameters", {}).get("FindMatchesParameters", {})
    return str(parameters.get("PrimaryKeyColumnName", ""))


def check_ready(transform: Transform) -> None:
    """Refuse a transform that lacks labels of matches or of non-matches.

    Raises
    ------
    MLTransformNotReadyException
        It is in another state.
    """
    if transform.status != "READY":
        raise MLTransformNotReadyException(
            "This operation can only be applied to a transform that is in a READY state."
        )
