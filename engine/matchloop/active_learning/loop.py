"""LabelingLoop: ask, learn, match, repeat; server, CLI and laboratory run the same object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.loop_table import LoopTable
from matchloop.active_learning.predictions import Prediction, PredictionCache
from matchloop.active_learning.questions import (
    OVERLAP,
    LabelingSet,
    OpenSets,
    Round,
    by_likeness,
    doubts,
    draw_sets,
    drawn_changed,
    drawn_disputed,
    find_start,
    side_by_side,
)
from matchloop.active_learning.stopping import DEFAULT as STOPPING
from matchloop.active_learning.stopping import (
    Outlook,
    Progress,
    StoppingRule,
    checkpoint,
    count_changed,
    find_rule,
    look_ahead,
    states,
)
from matchloop.active_learning.strategies import DEFAULT, QueryContext, Strategy, find_strategy
from matchloop.data.labels import LabeledPairs, Labels
from matchloop.data.matches import Matches
from matchloop.data.pairs import Scores
from matchloop.data.records import Records
from matchloop.matching.arguments import check_arguments
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.learning import Context, disputed_pairs
from matchloop.matching.matcher import Matcher
from matchloop.matching.scoring import rarity, text_rarity

__all__ = ["LabelingLoop", "LabelingSet"]

LOOK_BACK = 3
"""Earlier rounds that an outlook compares, one fit each (a convention)."""


class LabelingLoop:
    """The loop of questions and answers over one table.

    Parameters
    ----------
    records
        The table, or one prepared by :func:`matchloop.matching.backends.prepare`.
    labels
        Labels so far; None for a cold start.
    strategy
        A strategy, or its name: it computes which pairs are useful questions. It is used once the
        labels hold a match and a non-match; before that, the start chooses.
    start
        Name of a start, one of :data:`matchloop.active_learning.questions.STARTS`. With the
        default, both answers are expected within the first two sets.
    seed
        The same seed, table and labels give the same questions.
    matcher
        Settings of the matching; the defaults with this seed when left out.
    askable
        Which records may be asked about, shape (records,); all when left out.

    Raises
    ------
    UnknownName
        No strategy, or no start, has that name.
    LabelFileError
        The labels do not fit the table.

    Examples
    --------
    >>> import matchloop as ml
    >>> loop = ml.LabelingLoop(ml.read_records("data/people.csv", key="id"))
    >>> questions = loop.ask(sets=2).to_table()  # or .to_csv("questions.csv")
    >>> questions.column_names[:3]
    ['labeling_set_id', 'label', 'id']
    >>> answers = questions.set_column(1, "label", questions["surname"])  # fill in the labels
    >>> loop.learn(ml.Labels.of(answers))
    >>> len(loop.match())
    400
    """

    def __init__(
        self,
        records: Records | PreparedTable,
        labels: Labels | None = None,
        *,
        strategy: str | Strategy = DEFAULT,
        start: str = "mbx",
        seed: int = 0,
        matcher: Matcher | None = None,
        askable: NDArray[np.bool_] | None = None,
    ) -> None:
        check_arguments(records, labels)
        self._strategy = find_strategy(strategy)
        self._start = find_start(start)
        self._strategy_name = strategy if isinstance(strategy, str) else repr(strategy)
        self._matcher = matcher if matcher is not None else Matcher(seed=seed)
        self._seed = seed
        self._askable = askable
        self._open = OpenSets()
        self._rounds = 0
        self._table = LoopTable(records, self._matcher)
        self._fitted: Matcher | None = None
        self._scored: tuple[Scores, Context] | None = None
        self._grouped: Matches | None = None
        self._predictions = PredictionCache(LOOK_BACK + 1, self.records.key)
        self._labels = None if labels is None else labels.bound(self.records)

    @property
    def records(self) -> Records:
        """The table."""
        return self._table.records

    @property
    def labels(self) -> Labels | None:
        """All labels so far; None before the first label."""
        return self._labels

    @property
    def matcher(self) -> Matcher:
        """The matcher fitted to the labels so far; fitted at the first access."""
        if self._fitted is None:
            self._fitted = self._matcher.fit(self._table.prepared(), self._labels)
        return self._fitted

    @property
    def scores(self) -> Scores:
        """The match probability of every candidate under the labels so far, computed once."""
        return self._in_context()[0]

    def ask(
        self,
        sets: int = 10,
        rows: int = 10,
        *,
        overlap: float = OVERLAP,
        on_stage: OnStage | None = None,
    ) -> LabelingSet:
        """Choose the rows whose labels are most useful to the model.

        Sets stay open until :meth:`learn` receives labels of them: their rows are not asked again,
        so that two batches can go to two annotators. :meth:`release` closes them.

        Parameters
        ----------
        sets
            Most sets to return, at least 1.
        rows
            Most rows of a set; with 2 every set is a question about one pair.
        overlap
            Share of the rows to repeat from earlier rounds, from 0 to 0.5. Rows whose labels the
            model doubts most come first, beside new ones, so that contradictions are detected.
            Rows are also repeated without it, where new pairs of theirs are useful. Pairs
            (``rows=2``) have no overlap.
        on_stage
            Progress callback.

        Returns
        -------
        LabelingSet
            Rows to label; no row occurs twice, and rows of similar text are adjacent. Some sets
            hold a random pair among those that the labels changed. Fewer sets than ``sets``, or
            none, where the table has no more useful pairs outside the open sets.

        Raises
        ------
        UsageError
            ``sets`` is below 1, ``rows`` below 2, or ``overlap`` outside its range.
        """
        table = self._table.prepared(on_stage)
        labelled = self._labels.pairs(self.records) if self._labels is not None else None
        if self._fitted is None:
            self._fitted = self._matcher.fit(table, self._labels, on_stage=on_stage)
        scores, context = self._in_context()
        if on_stage is not None:
            on_stage("choose questions", 0.0)
        round_ = self._begin_round(table, labelled, scores, context)
        disputed = disputed_pairs(table, labelled, seed=self._matcher.seed)
        round_.ask_first(drawn_disputed(round_, *disputed, sets=sets))
        utilities = None
        changed: tuple[tuple[int, int, bool], ...] = ()
        if labelled is not None and _has_both(labelled):
            utilities = self._strategy.utilities(self._context(round_, labelled))
            prior = self._table.prior_probability
            changed = drawn_changed(round_, scores.probability, prior, sets=sets, rows=rows)
            round_.ask_first([(left, right) for left, right, _ in changed])
        drawn = draw_sets(
            round_, utilities, sets=sets, rows=rows, start=self._start, overlap=overlap
        )
        shown = tuple(by_likeness(self.records, rows_of_set) for rows_of_set in drawn)
        questions = LabelingSet(self.records, shown, self._strategy_name, self._rounds, changed)
        self._open.add(zip(questions.set_ids, questions.sets, strict=True))
        self._rounds += 1
        return questions

    def _begin_round(
        self,
        table: PreparedTable,
        labelled: LabeledPairs | None,
        scores: Scores,
        context: Context,
    ) -> Round:
        # The probability by the labels alone is uncertain where labels are most useful. Mixed with
        # the prior it would hide that.
        probability = scores.probability if context.learned is None else context.learned
        answered = self._answered(labelled)
        count = 0 if labelled is None else len(labelled)
        doubted = rare = aligned = None
        if labelled is not None:
            doubted = doubts(table.candidates, probability, labelled, len(self.records))
        if table.is_kept and (labelled is None or not _has_both(labelled)):
            compared = table.comparisons.features, table.comparisons.names
            rare, aligned = rarity(*compared), text_rarity(*compared)
        return Round(
            self._table.graph,
            probability,
            answered,
            np.random.default_rng([self._seed, self._rounds, count]),
            self.records.sources,
            askable=self._open.free_rows(len(self.records), self._askable),
            twins=self._table.twin_numbers,
            doubted=doubted,
            rarity=rare,
            refuted=0 if labelled is None or labelled.is_match.any() else count,
            legible=self._table.legible_rows,
            first=side_by_side(
                table.candidates, scores.probability, self.match().match_id, answered
            ),
            text_rarity=aligned,
        )

    def learn(self, new_labels: Labels, *, replace_all: bool = False) -> None:
        """Add labels, and fit the matcher to all labels.

        Parameters
        ----------
        new_labels
            The new labels; where a row was labelled before, the new label wins.
        replace_all
            Discard all earlier labels.

        Raises
        ------
        LabelFileError
            The labels do not fit the table. The loop is unchanged.
        UsageError
            ``new_labels`` are no :class:`Labels`.
        """
        check_arguments(self.records, new_labels)
        merged = new_labels.bound(self.records)
        if self._labels is not None:
            merged = self._labels.merged(merged, replace_all=replace_all).bound(self.records)
        fitted = self._matcher.fit(self._table.prepared(), merged)
        self._labels, self._fitted, self._scored = merged, fitted, None
        self._grouped = None
        self._open.close(set(new_labels.set_ids.to_pylist()))

    def hold(self, set_id: str, rows: NDArray[np.int32]) -> None:
        """Mark a set as asked and unanswered, as :meth:`ask` does with the sets it returns.

        Parameters
        ----------
        set_id
            The id that its labels will have.
        rows
            Row positions, shape (rows,): another process asked about them.
        """
        self._open.add([(set_id, rows)])

    def release(self, sets: LabelingSet | None = None) -> None:
        """Close sets that nobody will answer: their rows may be asked again.

        Parameters
        ----------
        asked
            The sets that :meth:`ask` returned; all open sets when left out.
        """
        self._open.close(None if sets is None else set(sets.set_ids))

    def pass_over(self, rows: NDArray[np.int32]) -> None:
        """Treat pairs that nobody could answer as answered: never ask about them again.

        Parameters
        ----------
        rows
            Row positions of a shown set, shape (rows,); all its pairs are passed over.
        """
        self._open.pass_over(rows)

    def _answered(self, labelled: LabeledPairs | None) -> NDArray[np.int64]:
        """Return the ids of pairs never to ask again: labelled, passed over, audited."""
        if labelled is None or self._labels is None:
            return self._open.passed_over
        audited = self._labels.pairs(self.records, audit=True)
        return np.concatenate((labelled.ids(), audited.ids(), self._open.passed_over))

    def match(self) -> Matches:
        """Group the records by the model fitted to all labels so far."""
        if self._grouped is None:
            scores, context = self._in_context()
            self._grouped = self.matcher.group(self._table.prepared(), scores, context)
        return self._grouped

    def outlook(
        self,
        rows: int = 10,
        *,
        rule: str | StoppingRule = STOPPING,
        half_width: float | None = None,
        look_back: int | None = None,
    ) -> Outlook:
        """Estimate what the next questions are worth, and whether to stop.

        Predictions of earlier rounds are computed from the labels: the matcher is fitted again to
        the labels of each earlier round, by their provenance. A loop in a new process thus returns
        the same.

        Parameters
        ----------
        rows
            Number of rows of the next questions; 0 where no pair is left to ask.
        rule
            A stopping rule, or its name in :data:`matchloop.active_learning.stopping.BUILTIN`.
        half_width
            Half the width of the interval around an estimate of F1, if there is one.
        look_back
            Most earlier rounds to compare, one fit each. Three when left out; none where the table
            is too large to keep its comparisons.

        Returns
        -------
        Outlook
            The advice, its reason, the expected change, and the checkpoints behind it.

        Raises
        ------
        UnknownName
            No rule has that name.
        """
        judge = find_rule(rule)
        if self._labels is None:
            return Outlook(False, "nothing is labelled yet", None, ())
        table = self._table.prepared()
        if look_back is None:
            look_back = LOOK_BACK if table.is_kept else 0
        checkpoints, before = [], None
        for labels in states(self._labels, look_back):
            now = self._predictions.get(labels, self._predict)
            free = ~np.isin(table.candidates.ids(), labels.pairs(self.records).ids())
            if self._askable is not None:
                pairs = table.candidates
                free &= self._askable[pairs.left] & self._askable[pairs.right]
            checkpoints.append(checkpoint(len(labels), now.is_match, now.probability, free, before))
            before = now.is_match
        is_match = self._labels.pairs(self.records).is_match
        is_ready = bool(is_match.any() and not is_match.all())
        progress = Progress(tuple(checkpoints), is_ready, half_width)
        changed = count_changed(self._labels, self.records)
        return look_ahead(progress, judge, rows, changed)

    def _predict(self, labels: Labels) -> Prediction:
        table = self._table.prepared()
        if labels is self._labels:
            return Prediction.of(table.candidates, self.match(), self.scores)
        fitted = self._matcher.fit(table, labels)
        scores, context = fitted.score_in_context(table)
        return Prediction.of(table.candidates, fitted.group(table, scores, context), scores)

    def _in_context(self) -> tuple[Scores, Context]:
        if self._scored is None:
            self._scored = self.matcher.score_in_context(self._table.prepared())
        return self._scored

    def _context(self, round_: Round, labelled: LabeledPairs) -> QueryContext:
        table = self._table.prepared()
        kept = table.comparisons if table.is_kept else None
        return QueryContext(
            round_.pairs,
            round_.probability,
            round_.labelled,
            len(self.records),
            round_.rng,
            features=None if kept is None else kept.features,
            feature_names=() if kept is None else kept.names,
            guess=self._table.prior_probability,
            sources=self.records.sources,
            labels=labelled,
            round=self._rounds,
        )


def _has_both(labelled: LabeledPairs) -> bool:
    """Tell whether a match and a non-match are labelled: only then can a model be learned."""
    return bool(0 < labelled.is_match.sum() < len(labelled))
