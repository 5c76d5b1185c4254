"""Matcher: learn from labels, or from none, and match records into groups."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.backends import OnStage, PreparedTable, prepare
from matchloop.blocking import BlockingReport
from matchloop.errors import BundleError, TableError, UsageError, some
from matchloop.explaining import Explanation, explain_rows
from matchloop.grouping import Grouping
from matchloop.io.bundles import Bundle, read_bundle, write_bundle
from matchloop.labels import LabeledPairs, Labels
from matchloop.learning import Context, Model, learn
from matchloop.matches import Matches, match_ids_of, stacked
from matchloop.pairs import CandidatePairs, Scores
from matchloop.records import Kind, Records
from matchloop.scoring import threshold_of

__all__ = ["Matcher"]


@dataclass(frozen=True, slots=True, eq=False)
class _Learned:
    model: Model
    kinds: dict[str, str]
    labels: Labels | None = None
    prepared: PreparedTable | None = None


@dataclass(frozen=True)
class Matcher:
    """Settings of a matching and, once fitted, what it learned.

    A matcher never changes: :meth:`fit` returns a fitted copy.

    Parameters
    ----------
    precision_recall
        Glue's PrecisionRecallTradeoff, 0 (recall) to 1 (precision): more asks for more evidence.
    accuracy_cost
        Glue's AccuracyCostTradeoff, 0 (cost) to 1 (accuracy): more compares more pairs.
    enforce_labels
        Whether groups keep every label exactly (Glue's EnforceProvidedLabels). Otherwise a label
        is strong evidence about its pair.
    per_source
        ``"one"`` where a group may hold at most one record of each source, else ``"many"``.
    max_size
        Records a group may hold; larger ones are split and reported.
    rules
        Blocking rules added to the built-in ones, for example ``"surname, city"``.
    prior
        Whether to learn, while labels are few, also from some pairs of which the model without
        labels is sure. On six tables it moved F1 by .001, .000 and .006 at 20, 40 and 60 labels.
    seed
        The same seed gives the same bytes.

    Raises
    ------
    UsageError
        A setting is outside its range.

    Examples
    --------
    >>> import matchloop as ml
    >>> people = ml.read_records("people.csv", key="id")  # doctest: +SKIP
    >>> ml.Matcher().fit(people).find_matches(people).table()  # doctest: +SKIP
    """

    precision_recall: float = 0.5
    accuracy_cost: float = 0.5
    enforce_labels: bool = False
    per_source: Literal["many", "one"] = "many"
    max_size: int | None = None
    rules: tuple[str, ...] = ()
    prior: bool = False
    seed: int = 0
    _learned: _Learned | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("precision_recall", "accuracy_cost"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise UsageError(f"{name} is {value}; give a number from 0 to 1")

    def fit(
        self,
        records: Records | PreparedTable,
        labels: Labels | None = None,
        *,
        on_stage: OnStage | None = None,
    ) -> Matcher:
        """Learn to match.

        Parameters
        ----------
        records
            The table the labels speak of, or one prepared by :func:`matchloop.backends.prepare`.
        labels
            What people said. Without any, or where they hold no match or no non-match, a model is
            fitted to the structure of the table; :attr:`assumed` says what it took for granted.
        on_stage
            Progress callback.

        Returns
        -------
        Matcher
            A fitted copy.

        Raises
        ------
        LabelFileError
            No labelled key stands in the table.
        """
        prepared = self._prepare(records, on_stage)
        labelled = None if labels is None else labels.pairs(prepared.records)
        model = self._learn(prepared, labelled, on_stage)
        kinds = {column: str(kind) for column, kind in prepared.records.kinds.items()}
        return replace(self, _learned=_Learned(model, kinds, labels, prepared))

    @property
    def is_fitted(self) -> bool:
        """Whether the matcher has learned anything."""
        return self._learned is not None

    @property
    def assumed(self) -> str:
        """What was taken for granted about the table, in a sentence; empty with labels."""
        return "" if self._learned is None else self._learned.model.assumed

    @property
    def column_importances(self) -> dict[str, float]:
        """Share of each column in the decisions; the shares sum to 1."""
        learned = self._fitted()
        return learned.model.importances(tuple(learned.kinds))

    def find_matches(
        self, records: Records | PreparedTable, *, on_stage: OnStage | None = None
    ) -> Matches:
        """Put records into groups.

        Parameters
        ----------
        records
            A table with the columns of the one the matcher was fitted on.
        on_stage
            Progress callback.

        Returns
        -------
        Matches
            A group and a confidence for each record.

        Raises
        ------
        UsageError
            The matcher is not fitted.
        TableError
            The table lacks columns that the matcher was fitted on.
        """
        return self._matches(self._prepare(records, on_stage), on_stage)

    def find_incremental_matches(
        self, existing: Records, new: Records, *, on_stage: OnStage | None = None
    ) -> Matches:
        """Match new records into groups that exist already.

        Parameters
        ----------
        existing
            Records matched before, with their ``match_id`` column.
        new
            Records to add; their keys must be new.
        on_stage
            Progress callback.

        Returns
        -------
        Matches
            Of all records, the existing ones first. Existing groups keep their ids and are never
            split; ``changes`` says what was created, joined and merged.

        Raises
        ------
        TableError
            A key stands in both tables, the columns differ, or there is no ``match_id``.
        """
        previous = match_ids_of(existing.table)
        both = stacked(existing, new)
        ids = np.concatenate([previous, np.full(len(new), -1, np.int64)])
        return self._matches(self._prepare(both, on_stage), on_stage, ids)

    def group(
        self, prepared: PreparedTable, scores: Scores, context: Context | None = None
    ) -> Matches:
        """Put records into groups by scores made before, or elsewhere, as by several models.

        Parameters
        ----------
        prepared
            The table.
        scores
            Of its candidates.
        context
            Of :meth:`score_in_context`: pairs that blocking left out are then scored where groups
            need them; without, they stay unknown.
        """
        known = self._known_pairs(prepared.records)
        model = None if context is None else self._fitted().model
        return self._grouping().matches(prepared, scores, known, model=model, context=context)

    def score(self, records: Records | PreparedTable) -> Scores:
        """Return the match probability of every candidate pair, without the labels put in."""
        return self._fitted().model.score(self._prepare(records, None))[0]

    def score_in_context(self, records: Records | PreparedTable) -> tuple[Scores, Context]:
        """Return what :meth:`score` returns, and the context for :meth:`group`."""
        return self._fitted().model.score(self._prepare(records, None))

    def score_pairs(
        self, records: Records | PreparedTable, pairs: CandidatePairs
    ) -> NDArray[np.float32]:
        """Return the match probability of any pairs, shape (pairs,), judged among the candidates.

        Parameters
        ----------
        records
            The table.
        pairs
            Any pairs of it.
        """
        prepared = self._prepare(records, None)
        model = self._fitted().model
        context = model.score(prepared)[1]
        return model.score_pairs(prepared, pairs, context).probability

    def explain(
        self, records: Records | PreparedTable, left_key: str, right_key: str
    ) -> Explanation:
        """Say why two records match, or do not.

        Parameters
        ----------
        records
            The table.
        left_key, right_key
            Keys of the two records.

        Returns
        -------
        Explanation
            What each column adds to the probability, or takes from it.

        Raises
        ------
        UsageError
            A key is not in the table, or both are the same.
        """
        prepared = self._prepare(records, None)
        rows = prepared.records.pair(left_key, right_key)
        model = self._fitted().model
        context = model.score(prepared)[1]
        return explain_rows(
            prepared, rows, lambda seen: model.score_features(seen, context), seed=self.seed
        )

    def blocking_report(
        self, records: Records | PreparedTable, labels: Labels | None = None
    ) -> BlockingReport:
        """Say which blocking rule found how many pairs and, with labels, what was lost."""
        prepared = self._prepare(records, None)
        matches = None
        if labels is not None:
            pairs = labels.pairs(prepared.records)
            sources = prepared.records.sources
            asked = pairs.is_match
            if sources is not None:  # pairs of one source are never candidates
                asked = asked & (sources[pairs.left] != sources[pairs.right])
            matches = pairs.left[asked], pairs.right[asked]
        return BlockingReport.of(prepared.candidates, prepared.records.keys.to_pylist(), matches)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was learned to a file; labels and records are not part of it.

        Raises
        ------
        UsageError
            The matcher is not fitted.
        OutputError
            The file cannot be written.
        """
        learned = self._fitted()
        parts, arrays = learned.model.to_parts()
        # as a list: the order of columns is the order of features, and JSON keys are sorted
        kinds = list(learned.kinds.items())
        settings = {"matcher": self._settings(), "kinds": kinds, "model": parts}
        write_bundle(path, Bundle(settings, arrays))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Matcher:
        """Read a matcher written by :meth:`save`.

        Raises
        ------
        BundleError
            The file is missing, foreign, damaged, or written by a newer version.
        """
        bundle = read_bundle(path)
        try:
            settings = dict(bundle.settings["matcher"])
            settings["rules"] = tuple(settings["rules"])
            model = Model.from_parts(bundle.settings["model"], bundle.arrays)
            learned = _Learned(model, dict(bundle.settings["kinds"]))
            return cls(**settings, _learned=learned)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"'{path}' is a damaged model ({error!r}): save it again") from None

    def _settings(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.init and f.name[0] != "_"}

    def _fitted(self) -> _Learned:
        if self._learned is None:
            raise UsageError("this matcher has learned nothing yet: call fit first")
        return self._learned

    def _prepare(self, records: Records | PreparedTable, on_stage: OnStage | None) -> PreparedTable:
        if isinstance(records, PreparedTable):
            return records
        learned = self._learned
        if learned is not None:
            if learned.prepared is not None and learned.prepared.records is records:
                return learned.prepared
            records = _with_kinds(records, learned.kinds)
        return prepare(records, rules=self.rules, effort=self.accuracy_cost, on_stage=on_stage)

    def _learn(
        self, prepared: PreparedTable, labelled: LabeledPairs | None, on_stage: OnStage | None
    ) -> Model:
        """Learn the model; what a matcher with another learner overrides."""
        return learn(prepared, labelled, seed=self.seed, prior=self.prior, on_stage=on_stage)

    def _grouping(self) -> Grouping:
        return Grouping(
            threshold_of(self.precision_recall),
            self.enforce_labels,
            self.per_source,
            self.max_size,
        )

    def _matches(
        self,
        prepared: PreparedTable,
        on_stage: OnStage | None,
        previous: NDArray[np.int64] | None = None,
    ) -> Matches:
        model = self._fitted().model
        scores, context = model.score(prepared, on_stage=on_stage)
        if on_stage is not None:
            on_stage("group", 0.0)
        known = self._known_pairs(prepared.records)
        return self._grouping().matches(
            prepared, scores, known, model=model, context=context, previous=previous
        )

    def _known_pairs(self, records: Records) -> LabeledPairs | None:
        labels = None if self._learned is None else self._learned.labels
        if labels is None or records.key not in labels.values.column_names:
            return None
        if not pc.any(pc.is_in(labels.values[records.key], records.keys)).as_py():
            return None
        return labels.pairs(records)


def _with_kinds(records: Records, kinds: dict[str, str]) -> Records:
    """Read a table with the column kinds that a matcher was fitted on."""
    missing = [column for column in kinds if column not in records.table.column_names]
    if missing:
        raise TableError(
            f"the table lacks {some(missing)}, which the matcher was fitted on; "
            f"it has {some(records.columns)}"
        )
    return replace(records, kinds={column: Kind(kind) for column, kind in kinds.items()})
