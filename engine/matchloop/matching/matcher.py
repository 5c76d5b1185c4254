"""Matcher: learn from labels, or from none, and match records into groups."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matchloop.data.earlier import earlier_ids, is_same_table, stacked
from matchloop.data.io.bundles import pack_bundle, read_bundle, write_bundle
from matchloop.data.labels import LabeledPairs, Labels
from matchloop.data.matches import Matches
from matchloop.data.pairs import CandidatePairs, Comparisons, Scores
from matchloop.data.records import Records
from matchloop.errors import BundleError, UsageError, some
from matchloop.matching.arguments import check_arguments
from matchloop.matching.backends import Near, OnStage, PreparedTable, prepare
from matchloop.matching.blocking import BlockingReport
from matchloop.matching.explaining import Explanation, explain_rows
from matchloop.matching.grouping import Grouping
from matchloop.matching.learned import Learned, pack_matcher, unpack_matcher
from matchloop.matching.learning import Context, Model, learn
from matchloop.matching.scoring import threshold_of
from matchloop.matching.settings import check_settings, read_rules

__all__ = ["Matcher"]


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
        Whether to learn, while labels are few, also from some pairs of which the prior model is
        sure. On six tables it moved F1 by .001, .000 and .006 at 20, 40 and 60 labels.
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
    _learned: Learned | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_settings(
            precision_recall=self.precision_recall,
            threshold=self.threshold,
            accuracy_cost=self.accuracy_cost,
            enforce_labels=self.enforce_labels,
            per_source=self.per_source,
            max_size=self.max_size,
            prior=self.prior,
            seed=self.seed,
        )
        object.__setattr__(self, "rules", read_rules(self.rules))

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
            Labels of the table. Without labels, or if they hold no match or no non-match, the prior
            model is fitted; :attr:`assumed` describes its assumption about the table.
        on_stage
            Progress callback.

        Returns
        -------
        Matcher
            A fitted copy.

        Raises
        ------
        LabelFileError
            The table holds none of the labelled keys.
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
        return replace(self, _learned=Learned(model, kinds, labelled, prepared))

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
            return self.as_learned(self._checked(records))
        if (before := self._fitted_on(records)) is not None:
            return before
        if learned is not None:
            records = learned.as_fitted(records)
        prepared = prepare(
            records,
            rules=self.rules,
            effort=self.accuracy_cost,
            near=near,
            swapped=None if learned is None else learned.model.swapped,
            on_stage=on_stage,
        )
        return self.as_learned(prepared)

    def as_learned(self, prepared: PreparedTable) -> PreparedTable:
        """Return a table without the features that the model of an earlier version lacks."""
        if self._learned is None:
            return prepared
        comparer = prepared.comparer.only(self._learned.model.names)
        if comparer is prepared.comparer:
            return prepared
        return replace(prepared, comparer=comparer, _made={})

    @property
    def is_fitted(self) -> bool:
        """Whether the matcher has learned anything."""
        return self._learned is not None

    @property
    def leans_on_prior(self) -> bool:
        """Whether the prior model also scores all pairs, as it does while labels are few."""
        return self._learned is not None and self._learned.model.prior is not None

    @property
    def merges_from(self) -> float:
        """Match probability from which groups merge: the threshold, or the tradeoff's."""
        return threshold_of(self.precision_recall) if self.threshold is None else self.threshold

    @property
    def assumed(self) -> str:
        """The assumption of the prior model about the table, as a sentence; empty with labels."""
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
            The group and the confidence of each record.

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
        labelled = self._known_pairs(prepared.records, labels)
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
            labelled,
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
            Lowest id that a new group may get. Give the number after the highest one ever used,
            :attr:`Matches.next_id` of the last run: then no group gets the id of a deleted one.
            When left out, new groups get ids above those of ``existing``.
        on_stage
            Progress callback.

        Returns
        -------
        Matches
            Of all records, the existing ones first. Existing groups keep their ids and are never
            split; ``changes`` lists the created, joined and merged ones.

        Raises
        ------
        TableError
            A key is in both tables, the new records lack a column, or there is no
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
        """Put records into groups by given scores, for example the mean of several models.

        Parameters
        ----------
        prepared
            The table.
        scores
            Of its candidates.
        context
            Of :meth:`score_in_context`: with it, clustering can score pairs that blocking left
            out; without it, they stay unknown.
        labels, previous
            As for :meth:`find_matches`.
        """
        labelled = self._known_pairs(prepared.records, labels)
        model = None if context is None else self._fitted().model
        return self._grouping().matches(
            prepared, scores, labelled, model=model, context=context, previous=previous
        )

    def score(self, records: Records | PreparedTable) -> Scores:
        """Return the match probability of every candidate pair, before labels override any."""
        return self._fitted().model.score(self.prepare(records))[0]

    def score_in_context(self, records: Records | PreparedTable) -> tuple[Scores, Context]:
        """Return the scores of :meth:`score`, and the context for :meth:`group`."""
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
        """Explain why two records match, or do not.

        Parameters
        ----------
        records
            The table.
        left_key, right_key
            Keys of the two records.

        Returns
        -------
        Explanation
            The amount that each column adds to the probability, or takes from it.

        Raises
        ------
        UsageError
            A key is not in the table, or both are the same.
        """
        return self.explain_pairs(records, [(left_key, right_key)])[0]

    def explain_pairs(
        self, records: Records | PreparedTable, keys: Sequence[tuple[str, str]]
    ) -> tuple[Explanation, ...]:
        """Explain several pairs of a table; the table is scored only once.

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
        """Count the candidate pairs of each blocking rule and, with labels, the lost matches."""
        prepared = self.prepare(records)
        matches = None
        if labels is not None:
            pairs = labels.pairs(prepared.records)
            sources = prepared.records.sources
            is_match = pairs.is_match
            if sources is not None:  # pairs of one source are never candidates
                is_match = is_match & (sources[pairs.left] != sources[pairs.right])
            matches = pairs.left[is_match], pairs.right[is_match]
        return BlockingReport.of(prepared.candidates, prepared.records.keys.to_pylist(), matches)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the settings and the model to a file; it holds no labels and no records.

        Raises
        ------
        UsageError
            The matcher is not fitted.
        OutputError
            The file cannot be written.
        """
        write_bundle(path, pack_matcher(self._fitted(), self._settings()))

    def to_bytes(self) -> bytes:
        """Return the bytes that :meth:`save` writes."""
        return pack_bundle(pack_matcher(self._fitted(), self._settings()))

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
            settings, learned = unpack_matcher(bundle)
            return cls(**settings, _learned=learned)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"'{path}' is a damaged model ({error!r}): save it again") from None

    def _settings(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.init and f.name[0] != "_"}

    def _fitted(self) -> Learned:
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
        return None if self._learned is None else self._learned.labelled_in(records)


def _blocked_by(rules: tuple[str, ...], effort: float) -> str:
    return f"accuracy_cost {effort:g} and {some(rules, 3) if rules else 'no'} rules"
