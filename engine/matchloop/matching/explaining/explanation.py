"""The explanation of a pair: base and contributions of columns, which sum to its probability."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.matching.backends import PreparedTable
from matchloop.matching.explaining.attribution import attribute

__all__ = ["Contribution", "Explanation", "explain_pair", "explain_rows"]

BACKGROUND = 48
"""Most candidate pairs to compare a pair with (a convention: bounds time)."""

SAMPLED = 1_000
"""Candidate pairs of a table to choose these from (a convention)."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """The contribution of one column to the probability of a match.

    Parameters
    ----------
    name
        The column, or ``record`` for the whole record, or ``rivals`` for the competition.
    left, right
        The values of the two records as text; None where missing or not a column.
    amount
        The amount added to the probability; negative is evidence against a match. 0 where unknown.
    features
        The measures of the column; None where a value could not be compared.
    """

    name: str
    left: str | None
    right: str | None
    amount: float
    features: Mapping[str, float | None]

    @property
    def is_known(self) -> bool:
        """Whether any value could be compared; False where a record lacks the value."""
        return any(value is not None for value in self.features.values())

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {
            "name": self.name,
            "left": self.left,
            "right": self.right,
            "amount": self.amount,
            "known": self.is_known,
            "features": dict(self.features),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of a probability that two records match.

    Parameters
    ----------
    left_key, right_key
        Keys of the two records.
    probability
        Probability that they match.
    base
        Mean probability of the candidate pairs that they are compared with, as if these lacked the
        same values: a missing value is evidence neither for a match nor against it.
    contributions
        Largest first; ``base`` plus their amounts is ``probability``.
    is_candidate
        Whether blocking found the pair; other pairs share a group only by way of third records.
    is_within_source
        Whether both records are of one source; in linkage such pairs are not compared.
    """

    left_key: str
    right_key: str
    probability: float
    base: float
    contributions: tuple[Contribution, ...]
    is_candidate: bool = True
    is_within_source: bool = False

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {
            "left_key": self.left_key,
            "right_key": self.right_key,
            "probability": self.probability,
            "base": self.base,
            "is_candidate": self.is_candidate,
            "is_within_source": self.is_within_source,
            "contributions": [part.to_dict() for part in self.contributions],
        }


def explain_pair(
    predict: Callable[[NDArray[np.float32]], NDArray[np.floating]],
    features: NDArray[np.float32],
    background: NDArray[np.float32],
    names: Sequence[str],
    *,
    keys: tuple[str, str],
    values: Mapping[str, tuple[str | None, str | None]],
    is_candidate: bool = True,
    seed: int = 0,
) -> Explanation:
    """Explain the probability of one pair.

    Parameters
    ----------
    predict
        Returns a probability for each row of a matrix of features.
    features
        Features of the pair, shape (features,).
    background
        Features of candidate pairs, shape (pairs, features), for example an even sample; at most
        48 are used.
    names
        Name of each feature, ``column:measure``.
    keys
        Keys of the two records.
    values
        Both values of each column, as text.
    is_candidate
        Whether blocking found the pair.
    seed
        Seed of the orders that are drawn where there are many columns.

    Returns
    -------
    Explanation
        Base and contributions, which sum to the probability.
    """
    members: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        members.setdefault(name.rpartition(":")[0] or name, []).append(number)
    if len(background) > BACKGROUND:
        background = background[(np.arange(BACKGROUND) * len(background)) // BACKGROUND]
    if len(background) == 0:
        background = np.full((1, len(features)), np.nan, np.float32)
    groups = {name: np.array(numbers, np.int64) for name, numbers in members.items()}
    present = [name for name, own in groups.items() if not np.isnan(features[own]).all()]
    lacking = [own for name, own in groups.items() if name not in present]
    if lacking:  # otherwise the lack of a value would get a share of its own
        background = background.copy()
        background[:, np.concatenate(lacking)] = np.nan
    base, amounts = attribute(
        predict,
        features,
        background,
        [groups[name] for name in present],
        rng=np.random.default_rng(seed),
    )
    shares = {name: 0.0 for name in groups} | dict(zip(present, amounts.tolist(), strict=True))
    contributions = [
        Contribution(
            name,
            *values.get(name, (None, None)),
            shares[name],
            {names[number].rpartition(":")[2]: _number(features[number]) for number in numbers},
        )
        for name, numbers in members.items()
    ]
    return Explanation(
        *keys,
        probability=base + sum(shares.values()),
        base=base,
        contributions=tuple(sorted(contributions, key=lambda part: -abs(part.amount))),
        is_candidate=is_candidate,
    )


def explain_rows(
    prepared: PreparedTable,
    rows: tuple[int, int],
    predict: Callable[[Comparisons], NDArray[np.floating]],
    *,
    seed: int = 0,
) -> Explanation:
    """Explain the probability that two records of a table match.

    Parameters
    ----------
    prepared
        The table.
    rows
        Row positions of the two records.
    predict
        Returns a probability for each comparison.
    seed
        Seed of the orders that are drawn where there are many columns.

    Returns
    -------
    Explanation
        Base and contributions, which sum to the probability.
    """
    left, right = rows
    pair = CandidatePairs.of(np.array([left]), np.array([right]))
    names, records = prepared.comparer.names, prepared.records

    def of_features(features: NDArray[np.float32]) -> NDArray[np.floating]:
        as_if = pair.take(np.zeros(len(features), np.int64))
        return predict(Comparisons(as_if, features, names))

    explained = explain_pair(
        of_features,
        prepared.comparer.compare(pair).features[0],
        prepared.sample(SAMPLED).features,
        names,
        keys=(records.keys[left].as_py(), records.keys[right].as_py()),
        values={
            name: (_text(column[left].as_py()), _text(column[right].as_py()))
            for name, column in zip(
                records.columns, records.table.select(list(records.columns)).columns, strict=True
            )
        },
        is_candidate=bool(np.isin(pair.ids(), prepared.candidates.ids())[0]),
        seed=seed,
    )
    sources = records.sources
    is_within = sources is not None and bool(sources[left] == sources[right])
    return replace(explained, is_within_source=is_within)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: np.floating) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
