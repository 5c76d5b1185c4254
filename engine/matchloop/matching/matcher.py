"""Matcher: learn from labels, or from none, and match records into groups."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matchloop.data.earlier import carried, earlier_ids, is_same_table, stacked
from matchloop.data.io.bundles import Bundle, pack_bundle, read_bundle, write_bundle
from matchloop.data.labels import LabeledPairs, Labels
from matchloop.data.matches import Matches
from matchloop.data.pairs import CandidatePairs, Comparisons, Scores
from matchloop.data.records import Kind, Records
from matchloop.errors import BundleError, TableError, UsageError, some
from matchloop.matching.arguments import check_arguments
from matchloop.matching.backends import Near, OnStage, PreparedTable, prepare
from matchloop.matching.blocking import BlockingReport, UserRule
from matchloop.matching.explaining import Explanation, explain_rows
from matchloop.matching.grouping import Grouping
from matchloop.matching.learning import Context, Model, learn
from matchloop.matching.scoring import threshold_of

__all__ = ["Matcher"]

PER_SOURCE = ("many", "one")


@dataclass(frozen=True, slots=True, eq=False)
class _Learned:
    model: Model
    kinds: dict[str, str]
    labelled: LabeledPairs | None = None
    prepared: PreparedTable | None = None


@dataclass(frozen=True)
class Matcher:
    """Settings of a matching and, once fitted, what it learned.

    A matcher never changes: :meth:`fit` returns a fitted copy. Labels belong to the records they
    were given for: in another table they count for a record only where its key and its compared
    values are the same. Labels of another table can be given to :meth:`find_matches`.

    Parameters
    ----------
    precision_recall
        Glue's PrecisionRecallTradeoff, 0 (recall) to 1 (precision): more asks for more evidence.
    threshold
        Match probability from which records are grouped, 0 to 1, in place of ``precision_recall``.
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
        Blocking rules added to the built-in ones, for example ``"surname, city"``: one, or
        several in a list.
    prior
        Whether to learn, while labels are few, also from some pairs of which the model without
        labels is sure. On six tables it moved F1 by .001, .000 and .006 at 20, 40 and 60 labels.
    seed
        The same seed gives the same bytes.

    Raises
    ------
    UsageError
        A setting is outside its range, or both ``precision_recall`` and ``threshold`` were given.

    Examples
    --------
    >>> import matchloop as ml
    >>> people = ml.read_records("data/people.csv", key="id")
    >>> matcher = ml.Matcher(max_size=4).fit(people)
    >>> matcher.find_matches(people).groups().column_names
    ['match_id', 'size', 'match_confidence_score', 'keys']
    """

    precision_recall: float = 0.5
    threshold: float | None = None
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
            if not _is_number(value, Real) or not 0 <= value <= 1:
                raise UsageError(f"{name} is {value!r}; give a number from 0 to 1")
        if self.threshold is not None:
            if not _is_number(self.threshold, Real) or not 0 <= self.threshold <= 1:
                raise UsageError(f"threshold is {self.threshold!r}; give a probability from 0 to 1")
            if self.precision_recall != 0.5:
                raise UsageError(
                    f"precision_recall {self.precision_recall:g} and threshold {self.threshold:g} "
                    "were both given; give one of them"
                )
        for name, lowest in (("max_size", 1), ("seed", 0)):
            value = getattr(self, name)
            if name == "max_size" and value is None:
                continue
            if not _is_number(value, Integral) or value < lowest:
                raise UsageError(f"{name} is {value!r}; give a whole number of at least {lowest}")
        for name in ("enforce_labels", "prior"):
            value = getattr(self, name)
            if not isinstance(value, (bool, np.bool_)):
                raise UsageError(f"{name} is {value!r}; give True or False")
        if self.per_source not in PER_SOURCE:
            raise UsageError(f"per_source is {self.per_source!r}; give 'one' or 'many'")
        object.__setattr__(self, "rules", _rules(self.rules))

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
            The table the labels speak of, or one prepared by
            :func:`matchloop.matching.backends.prepare`.
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
        UsageError
            The table was prepared with other rules or another effort than the matcher's.
        """
        check_arguments(records, labels)
        # a fitted matcher learns anew: the kinds it was fitted on do not bind it
        prepared = self._fitted_on(records) or replace(self, _learned=None).prepare(
            records, on_stage=on_stage
        )
        labelled = None if labels is None else labels.pairs(prepared.records)
        model = self.learn(prepared, labelled, on_stage=on_stage)
        kinds = {column: str(kind) for column, kind in prepared.records.kinds.items()}
        return replace(self, _learned=_Learned(model, kinds, labelled, prepared))

    def learn(
        self,
        prepared: PreparedTable,
        labelled: LabeledPairs | None,
        *,
        on_stage: OnStage | None = None,
    ) -> Model:
        """Learn a model from labelled pairs of a table. A matcher of another learner overrides it.

        Parameters
        ----------
        prepared
            The table.
        labelled
            Labelled pairs of it; None without labels.
        on_stage
            Progress callback.
        """
        return learn(prepared, labelled, seed=self.seed, prior=self.prior, on_stage=on_stage)

    def prepare(
        self,
        records: Records | PreparedTable,
        *,
        near: Near | None = None,
        on_stage: OnStage | None = None,
    ) -> PreparedTable:
        """Block a table with the settings of this matcher, once for several calls.

        Parameters
        ----------
        records
            A table; of a fitted matcher, one with the columns it was fitted on. A prepared one is
            checked and returned.
        near
            For an incremental run: the new records and earlier groups. Only candidates near new
            records are prepared.
        on_stage
            Progress callback.

        Raises
        ------
        TableError
            The table lacks columns that the matcher was fitted on.
        UsageError
            A blocking rule names a column that the table lacks, or the table was prepared with
            other rules or another effort.
        """
        check_arguments(records)
        learned = self._learned
        if isinstance(records, PreparedTable):
            return self._checked(records)
        if (before := self._fitted_on(records)) is not None:
            return before
        if learned is not None:
            records = _with_kinds(records, learned.kinds)
        return prepare(
            records, rules=self.rules, effort=self.accuracy_cost, near=near, on_stage=on_stage
        )

    @property
    def is_fitted(self) -> bool:
        """Whether the matcher has learned anything."""
        return self._learned is not None

    @property
    def leans_on_prior(self) -> bool:
        """Whether the prior model scores all pairs, too: it learned from few labels."""
        return self._learned is not None and self._learned.model.prior is not None

    @property
    def merges_from(self) -> float:
        """Match probability from which groups merge: the threshold, or the tradeoff's."""
        return threshold_of(self.precision_recall) if self.threshold is None else self.threshold

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
        self,
        records: Records | PreparedTable,
        *,
        labels: Labels | None = None,
        previous: NDArray[np.int64] | None = None,
        next_id: int = 0,
        on_stage: OnStage | None = None,
    ) -> Matches:
        """Put records into groups.

        Parameters
        ----------
        records
            A table with the columns of the one the matcher was fitted on.
        labels
            Labels of this table that its groups shall honour. When left out, the labels that the
            matcher was fitted to count for the records that this table shares with the fitted one:
            those of the same key and the same compared values.
        previous
            Earlier group of each record, -1 for a new one; existing groups are never split and
            keep their ids, as in :meth:`find_incremental_matches`. Those that no candidate of a
            new record belongs to stay as they are.
        next_id
            As for :meth:`find_incremental_matches`.
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
        LabelFileError
            The labels do not fit the table.
        """
        near = None if previous is None else Near(previous < 0, previous)
        prepared = self.prepare(records, near=near, on_stage=on_stage)
        known = self._known_pairs(prepared.records, labels)
        model = self._fitted().model
        scores, context = model.score(prepared, on_stage=on_stage)
        if near is not None:
            scores = near.scores(scores)
        if on_stage is not None:
            on_stage("group", 0.0)
        prepared.records.memory.ease()
        return self._grouping().matches(
            prepared,
            scores,
            known,
            model=model,
            context=context,
            previous=previous,
            next_id=next_id,
        )

    def find_incremental_matches(
        self,
        existing: Records,
        new: Records,
        *,
        labels: Labels | None = None,
        next_id: int = 0,
        on_stage: OnStage | None = None,
    ) -> Matches:
        """Match new records into groups that exist already.

        Parameters
        ----------
        existing
            Records matched before, with their ``match_id`` column.
        new
            Records to add; their keys must be new. Columns that the existing ones lack are kept
            and not compared; a note names them.
        labels
            As for :meth:`find_matches`, of both tables.
        next_id
            Lowest id that a new group may get. Give the number after the highest one ever given,
            so that the id of a deleted group never goes to another; :attr:`Matches.next_id` says
            it. When left out, new groups get ids above those of ``existing``.
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
            A key stands in both tables, the new records lack a column, or there is no
            ``match_id``.
        """
        previous = earlier_ids(existing, new)
        return self.find_matches(
            stacked(existing, new),
            labels=labels,
            previous=previous,
            next_id=next_id,
            on_stage=on_stage,
        )

    def group(
        self,
        prepared: PreparedTable,
        scores: Scores,
        context: Context | None = None,
        *,
        labels: Labels | None = None,
        previous: NDArray[np.int64] | None = None,
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
        labels, previous
            As for :meth:`find_matches`.
        """
        known = self._known_pairs(prepared.records, labels)
        model = None if context is None else self._fitted().model
        return self._grouping().matches(
            prepared, scores, known, model=model, context=context, previous=previous
        )

    def score(self, records: Records | PreparedTable) -> Scores:
        """Return the match probability of every candidate pair, without the labels put in."""
        return self._fitted().model.score(self.prepare(records))[0]

    def score_in_context(self, records: Records | PreparedTable) -> tuple[Scores, Context]:
        """Return what :meth:`score` returns, and the context for :meth:`group`."""
        return self._fitted().model.score(self.prepare(records))

    def score_beside(self, prepared: PreparedTable, before: Context) -> tuple[Scores, Context]:
        """Score a batch that joins a table scored before; see :meth:`Model.score_beside`."""
        return self._fitted().model.score_beside(prepared, before)

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
        prepared = self.prepare(records)
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
        return self.explain_pairs(records, [(left_key, right_key)])[0]

    def explain_pairs(
        self, records: Records | PreparedTable, keys: Sequence[tuple[str, str]]
    ) -> tuple[Explanation, ...]:
        """Explain several pairs of a table, which is scored once for all.

        Parameters
        ----------
        records
            The table.
        keys
            Keys of the two records of each pair.

        Raises
        ------
        UsageError
            A key is not in the table, or both of a pair are the same.
        """
        prepared = self.prepare(records)
        rows = [prepared.records.pair(left, right) for left, right in keys]
        model = self._fitted().model
        context = model.score(prepared)[1]

        def predict(seen: Comparisons) -> NDArray[np.float32]:
            return model.score_features(seen, context)

        return tuple(explain_rows(prepared, both, predict, seed=self.seed) for both in rows)

    def blocking_report(
        self, records: Records | PreparedTable, labels: Labels | None = None
    ) -> BlockingReport:
        """Say which blocking rule found how many pairs and, with labels, what was lost."""
        prepared = self.prepare(records)
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
        write_bundle(path, self._bundle())

    def to_bytes(self) -> bytes:
        """Return the bytes that :meth:`save` writes."""
        return pack_bundle(self._bundle())

    def _bundle(self) -> Bundle:
        learned = self._fitted()
        parts, arrays = learned.model.to_parts()
        # as a list: the order of columns is the order of features, and JSON keys are sorted
        kinds = list(learned.kinds.items())
        return Bundle({"matcher": self._settings(), "kinds": kinds, "model": parts}, arrays)

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

    def _fitted_on(self, records: Records | PreparedTable) -> PreparedTable | None:
        """Return the table the matcher was fitted on, where this is the same, blocked as now."""
        before = None if self._learned is None else self._learned.prepared
        if before is None or isinstance(records, PreparedTable) or not self._is_setting_of(before):
            return None
        return before if is_same_table(before.records, records) else None

    def _checked(self, prepared: PreparedTable) -> PreparedTable:
        if not self._is_setting_of(prepared):
            raise UsageError(
                f"the table was prepared with {_blocked_by(prepared.rules, prepared.effort)}, the "
                f"matcher has {_blocked_by(self.rules, self.accuracy_cost)}: give the records, or "
                "what Matcher.prepare returns for them"
            )
        return prepared

    def _is_setting_of(self, prepared: PreparedTable) -> bool:
        return (prepared.rules, prepared.effort) == (self.rules, self.accuracy_cost)

    def _grouping(self) -> Grouping:
        return Grouping(
            self.merges_from,
            self.enforce_labels,
            self.per_source,
            self.max_size,
        )

    def _known_pairs(self, records: Records, labels: Labels | None) -> LabeledPairs | None:
        if labels is not None:
            return labels.pairs(records)
        learned = self._learned
        if learned is None or learned.labelled is None or learned.prepared is None:
            return None
        fitted = learned.prepared.records
        if fitted is records:
            return learned.labelled
        return carried(learned.labelled, fitted, records)


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, (bool, np.bool_))


def _rules(given: object) -> tuple[str, ...]:
    """Return blocking rules as a tuple; one that stands alone is one rule, not its letters."""
    rules = (given,) if isinstance(given, str) else given
    if not isinstance(rules, Sequence) or not all(isinstance(rule, str) for rule in rules):
        raise UsageError(
            f"rules is {given!r}; give one blocking rule such as 'surname, city', or several in a "
            "list"
        )
    for rule in rules:
        UserRule(rule)  # raises where it cannot be read
    return tuple(rules)


def _blocked_by(rules: tuple[str, ...], effort: float) -> str:
    return f"accuracy_cost {effort:g} and {some(rules, 3) if rules else 'no'} rules"


def _with_kinds(records: Records, kinds: dict[str, str]) -> Records:
    """Read a table with the column kinds that a matcher was fitted on."""
    missing = [column for column in kinds if column not in records.table.column_names]
    if missing:
        raise TableError(
            f"the table lacks {some(missing)}, which the matcher was fitted on; "
            f"it has {some(records.columns)}"
        )
    return replace(records, kinds={column: Kind(kind) for column, kind in kinds.items()})
