"""Draw the questions of a sampled audit, and estimate quality from their answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.io import write_labelling_file
from matchloop.data.io.bundles import Bundle, read_bundle, write_bundle
from matchloop.data.labels import LABEL, LABELING_SET_ID, LabeledPairs, Labels
from matchloop.data.labels.columns import check_names
from matchloop.data.records import Records
from matchloop.errors import BundleError, TableError, UsageError, counted, some
from matchloop.matching.backends import PreparedTable
from matchloop.matching.matcher import Matcher
from matchloop.quality.sampled_audit.base import HonestQuality
from matchloop.quality.sampled_audit.designs import DESIGNS, AuditState, allocated
from matchloop.quality.sampled_audit.estimating import quality_of
from matchloop.quality.sampled_audit.population import Population
from matchloop.quality.sampled_audit.strata import stratify
from matchloop.registry import lookup

__all__ = ["GROUP", "AuditDraw", "draw_audit"]

GROUP = "matchloop.audit_designs"
"""Entry-point group through which other packages add designs."""

Answers = tuple[NDArray[np.int64], NDArray[np.bool_]]

_FIELDS = ("left", "right", "probability", "together", "tier", "weight", "label", "benefit")
_STORED_AS = {"label": "known"}
"""Names of arrays in a saved draw, where they differ from the field of the population."""


@dataclass(frozen=True, slots=True, eq=False)
class AuditDraw:
    """The drawn pairs of a sampled audit, with their population.

    :func:`draw_audit` builds one.

    Parameters
    ----------
    population
        The pairs it was drawn from.
    stratum
        Stratum of each of them, shape (pairs,).
    drawn
        Positions of the drawn pairs in the population, in the order of the questions.
    design
        Name of the design.
    seed
        Seed of the draw.
    table
        Fingerprint of the keys of the table.
    """

    population: Population
    stratum: NDArray[np.int16]
    drawn: NDArray[np.int64]
    design: str
    seed: int
    table: str

    def __len__(self) -> int:
        """Return the number of drawn pairs."""
        return len(self.drawn)

    @property
    def name(self) -> str:
        """Name of its sets: eight hexadecimal digits."""
        return sha256(f"{self.table}/{self.design}/{self.seed}".encode()).hexdigest()[:8]

    @property
    def pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Row positions of the drawn pairs."""
        return self.population.left[self.drawn], self.population.right[self.drawn]

    @property
    def inclusion(self) -> NDArray[np.float64]:
        """Inclusion probability of each drawn pair, shape (pairs,)."""
        sizes = np.bincount(self.stratum, weights=_open(self.population))
        drawn = np.bincount(self.stratum[self.drawn], minlength=len(sizes))
        share = np.divide(drawn, sizes, out=np.zeros(len(sizes)), where=sizes > 0)
        return np.asarray(np.minimum(share, 1.0)[self.stratum[self.drawn]])

    @property
    def weights(self) -> NDArray[np.float64]:
        """Number of pairs that each drawn pair represents, shape (pairs,)."""
        return np.asarray(1 / self.inclusion)

    def more(self, count: int, answers: Answers | None = None) -> AuditDraw:
        """Return this draw with further pairs, drawn without replacement.

        Parameters
        ----------
        count
            Number of pairs to add; fewer if the table has no more.
        answers
            Positions of the answered pairs and their answers, for an adaptive design; see
            :meth:`answered`.
        """
        rng = np.random.default_rng([self.seed, len(self.drawn)])
        free = _open(self.population) > 0
        free[self.drawn] = False
        at = np.flatnonzero(free)
        answered, is_match = answers if answers is not None else self.answered(None)
        state = AuditState(self.population, self.stratum, answered, is_match)
        shares = lookup(self.design, DESIGNS, GROUP).shares(state)
        sizes = np.bincount(self.stratum[at], minlength=len(shares))
        quota = allocated(shares, sizes, count, rng)
        at = rng.permutation(at)
        at = at[np.argsort(self.stratum[at], kind="stable")]
        own = self.stratum[at]
        rank = np.arange(len(at)) - np.searchsorted(own, own)
        chosen = rng.permutation(at[rank < quota[own]])
        return replace(self, drawn=np.concatenate((self.drawn, chosen)))

    def questions(self, records: Records, *, after: int = 0) -> pa.Table:
        """Return the pairs as a labelling file of sets of two, with empty labels.

        The order of the records of a pair is random, so that it reveals nothing of the model.

        Parameters
        ----------
        records
            The table.
        after
            Number of pairs that were asked before; they are left out.
        """
        self._check(records)
        left, right = (ends[after:] for ends in self.pairs)
        rng = np.random.default_rng([self.seed, after, 2])
        swapped = rng.random(len(left)) < 0.5
        rows = np.column_stack((np.where(swapped, right, left), np.where(swapped, left, right)))
        table = records.table.take(pa.array(rows.reshape(-1)))
        names = [f"audit-{self.name}-{after + at + 1:04d}" for at in range(len(left))]
        sets = pa.array(np.repeat(np.array(names, object), 2), pa.string())
        return pa.Table.from_arrays(
            [sets, pa.nulls(table.num_rows, pa.string()), *table.columns],
            names=[LABELING_SET_ID, LABEL, *table.column_names],
        )

    def to_csv(self, records: Records, path: str | os.PathLike[str], *, after: int = 0) -> None:
        """Write the questions as a Glue labelling file; see :meth:`questions`."""
        check_names(records.table.column_names)
        write_labelling_file(self.questions(records, after=after), path)

    def estimate(
        self,
        records: Records,
        labels: Labels,
        *,
        groups: NDArray[np.int64] | None = None,
        seed: int = 0,
    ) -> HonestQuality:
        """Estimate the quality of groups from the answers.

        Parameters
        ----------
        records
            The table.
        labels
            All labels: the answers to the audit, and the training labels, which are counted and
            not estimated.
        groups
            Group of each record, for other groups than those of the draw.
        seed
            Seed of the simulation of the intervals.

        Returns
        -------
        HonestQuality
            The estimates.

        Raises
        ------
        TableError
            The table is another one.
        UsageError
            No pair of the audit has an answer.
        """
        population, answered, is_match = self.judged(records, labels, groups)
        return quality_of(population, self.stratum, answered, is_match, seed=seed, drawn=len(self))

    def judged(
        self, records: Records, labels: Labels, groups: NDArray[np.int64] | None = None
    ) -> tuple[Population, NDArray[np.int64], NDArray[np.bool_]]:
        """Return the population under the groups, the answered positions, and the answers.

        Parameters
        ----------
        records, labels, groups
            As for :meth:`estimate`.
        """
        self._check(records)
        population = self.population
        if groups is not None:
            population = population.judged(groups, records.sources, labels.pairs(records))
        answered, is_match = self.answered(labels.pairs(records, audit=True))
        if len(answered) == 0:
            raise UsageError(
                f"none of the {counted(len(self), 'pair')} of this audit has a label; "
                f"fill in the sets that "
                f"begin with 'audit-{self.name}' and give the file with the labels"
            )
        return population, answered, is_match

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the draw to a file; :meth:`load` reads it.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        population = self.population
        settings = {
            "audit": {"design": self.design, "seed": self.seed, "table": self.table},
            "population": {"predicted": population.predicted, "alone": population.alone},
        }
        arrays = {_STORED_AS.get(name, name): getattr(population, name) for name in _FIELDS}
        write_bundle(
            path, Bundle(settings, {**arrays, "stratum": self.stratum, "drawn": self.drawn})
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> AuditDraw:
        """Read a draw written by :meth:`save`.

        Raises
        ------
        BundleError
            The file is missing, or is not a draw.
        """
        bundle = read_bundle(path)
        try:
            settings: Mapping[str, Any] = bundle.settings["audit"]
            counted = bundle.settings["population"]
            arrays = bundle.arrays
            population = Population(
                **{name: arrays[_STORED_AS.get(name, name)] for name in _FIELDS},
                predicted=int(counted["predicted"]),
                alone=float(counted["alone"]),
            )
            return cls(
                population, arrays["stratum"], arrays["drawn"],
                str(settings["design"]), int(settings["seed"]), str(settings["table"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError):
            raise BundleError(
                f"'{path}' is not an audit: give the file that ask wrote beside its questions"
            ) from None

    def is_of(self, records: Records) -> bool:
        """Return whether the draw is of a table with these keys, in this order."""
        return _fingerprint(records) == self.table

    def _check(self, records: Records) -> None:
        if not self.is_of(records):
            raise TableError(
                "the audit was drawn from a table with other keys, or in another order: give the "
                "table it was drawn from"
            )

    def answered(self, labels: LabeledPairs | None) -> Answers:
        """Return the positions of the answered pairs, and their answers.

        Parameters
        ----------
        labels
            Pairs of audit sets.

        Raises
        ------
        UsageError
            Two sets of one pair contradict each other.
        """
        if labels is None or len(labels) == 0:
            return np.empty(0, np.int64), np.empty(0, np.bool_)
        answers = dict(zip(labels.ids().tolist(), labels.is_match.tolist(), strict=True))
        ids = self.population.ids()[self.drawn].tolist()
        both = np.intersect1d(labels.ids()[labels.is_match], labels.ids()[~labels.is_match])
        odd = np.flatnonzero(np.isin(ids, both)) + 1
        if len(odd):
            raise UsageError(
                counted(len(odd), "pair of the audit has", "pairs of the audit have")
                + " answers that contradict each other, as sets "
                f"of two audits can: {some([f'audit-{self.name}-{at:04d}' for at in odd])}; leave "
                "the wrong answers out"
            )
        answered = np.array([pair in answers for pair in ids], np.bool_)
        matches = np.array([answers[pair] for pair in ids if pair in answers], np.bool_)
        return self.drawn[answered], matches


def draw_audit(
    records: Records | PreparedTable,
    matcher: Matcher,
    count: int,
    *,
    labels: Labels | None = None,
    design: str = "neyman",
    seed: int = 0,
) -> AuditDraw:
    """Draw the questions of a sampled audit.

    Parameters
    ----------
    records
        The table, or one prepared by :func:`matchloop.matching.backends.prepare`.
    matcher
        A fitted matcher; its groups are audited.
    count
        Number of pairs to ask; 0 makes an empty draw for :meth:`AuditDraw.more`.
    labels
        Its training labels; these pairs are not asked.
    design
        A name in :data:`DESIGNS`.
    seed
        Seed of the draw.

    Returns
    -------
    AuditDraw
        The draw; save it, because the estimate needs it.

    Raises
    ------
    UsageError
        The count is negative, the design unknown, or the matcher not fitted.
    """
    if count < 0:
        raise UsageError(f"an audit of {count} pairs: give a number from 0")
    lookup(design, DESIGNS, GROUP)
    prepared = matcher.prepare(records)
    labelled = None if labels is None else labels.pairs(prepared.records)
    population = Population.of(prepared, matcher, labelled=labelled, seed=seed)
    stratum = stratify(population)
    none = np.empty(0, np.int64)
    empty = AuditDraw(population, stratum, none, design, seed, _fingerprint(prepared.records))
    return empty.more(count)


def _fingerprint(records: Records) -> str:
    digest = sha256()
    for key in records.keys.to_pylist():
        digest.update(key.encode() + b"\x1f")
    return digest.hexdigest()


def _open(population: Population) -> NDArray[np.float64]:
    return np.where(population.label < 0, population.weight, 0.0)
