"""``matchloop explain``: why two records match, or do not, and what ties a group together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pyarrow as pa
import typer
from numpy.typing import NDArray
from rich.console import Console

import matchloop as ml
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import AsJson, File, Html, Model, Seed
from matchloop.cli.progress import StageProgress
from matchloop.cli.side_by_side import side_by_side
from matchloop.cli.table_files import reads_tables
from matchloop.cli.table_options import Columns, Labelling
from matchloop.cli.waterfall import waterfall
from matchloop.cli.words import print_json, say
from matchloop.data.matches import match_ids_of
from matchloop.errors import UsageError, counted
from matchloop.matching.explaining import Explanation, reasons

if TYPE_CHECKING:
    from matchloop.matching.backends import PreparedTable
    from matchloop.report import DoubtfulGroup

__all__ = ["explain"]

SHOWN = 8
"""Records of a group that are shown at most."""

Left = Annotated[
    str | None,
    typer.Argument(metavar="LEFT_KEY", help="Key of one record.", show_default=False),
]
Right = Annotated[
    str | None,
    typer.Argument(metavar="RIGHT_KEY", help="Key of the other record.", show_default=False),
]
Doubtful = Annotated[
    int | None,
    typer.Option(
        "--doubtful",
        metavar="N",
        min=1,
        help="Explain the N most doubtful pairs, in place of two records: those without a label "
        "whose probability is closest to the threshold.",
        show_default=False,
    ),
]
Group = Annotated[
    int | None,
    typer.Option(
        "--group",
        metavar="MATCH_ID",
        min=0,
        help="Explain a group of a matched table, in place of two records: its records side by "
        "side, the pairs that tie them together, and the likeliest record outside.",
        show_default=False,
    ),
]
TaughtByOption = Annotated[
    bool,
    typer.Option(
        "--taught-by",
        help="Name the labels and sets that weigh most; learns about a dozen models anew.",
    ),
]


@reads_tables
@takes_groups
def explain(
    file: File,
    left_key: Left = None,
    right_key: Right = None,
    doubtful: Doubtful = None,
    group: Group = None,
    *,
    columns: Columns,
    labelling: Labelling,
    model: Model = None,
    taught_by: TaughtByOption = False,
    html: Html = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Explain why two records match, or do not.

    Draws what each column adds to the probability, or takes from it. With --doubtful explains the
    pairs closest to the threshold, with --group a group of a matched table. With --labels and
    --taught-by also says which labels weigh most, and what the model would say without them.
    """
    if doubtful is None and group is None and right_key is None:
        raise UsageError("explain needs the keys of two records, --doubtful N or --group MATCH_ID")
    if doubtful is not None and left_key is not None:
        raise UsageError("two records and --doubtful were both given; give one of them")
    if group is not None and (left_key is not None or doubtful is not None):
        other = "two records" if left_key is not None else "--doubtful"
        raise UsageError(f"{other} and --group were both given; give one of them")
    if (doubtful is not None or group is not None) and taught_by:
        raise UsageError("--taught-by is of one pair; give the keys of two records")
    if taught_by and not labelling.labels:
        raise UsageError("--taught-by needs --labels: a model no longer holds what taught it")
    if model is not None and labelling.labels:
        raise UsageError("--model and --labels were both given; a model has learned already")
    if html is not None:
        ml.check_writable(html)
    with StageProgress("explain") as progress:
        records = columns.read(file)
        match_id = None if group is None else _groups(file.path, records, group)
        answers = None
        if model is not None:
            matcher = ml.Matcher.load(model)
        else:
            answers = labelling.read(records)
            matcher = ml.Matcher(seed=seed).fit(records, answers, on_stage=progress)
        prepared = matcher.prepare(records)
        taught, decision = None, None
        titles: list[str] = []
        if group is not None:
            assert match_id is not None
            decision, pairs, titles = _of_group(prepared, matcher, match_id, group)
        elif doubtful is not None:
            pairs = _doubtful(prepared, matcher, answers, doubtful)
        else:
            assert left_key is not None
            assert right_key is not None
            pairs = [(left_key, right_key)]
        explained = matcher.explain_pairs(prepared, pairs)
        if taught_by:
            from matchloop.matching.backends import prepare
            from matchloop.quality.label_checks import taught_by as find_teachers

            assert answers is not None
            taught = find_teachers(prepare(records), answers, *pairs[0], seed=seed)
        if html is not None:
            _write_page(html, file.path, explained, titles, decision, matcher.merges_from)
    if as_json:
        plain = [{**pair.to_dict(), "reasons": reasons(pair).to_dict()} for pair in explained]
        if decision is not None:
            print_json({"group": group, "keys": decision.keys, "pairs": plain})
        elif doubtful is not None:
            print_json(plain)
        else:
            print_json(plain[0] if taught is None else {**plain[0], "taught_by": taught.to_dict()})
        return
    console = Console(highlight=False)
    if decision is not None:
        console.print(f"Group {group}: {_size(decision)}\n", markup=False)
        console.print(side_by_side(decision, min(console.width, 120)))
        console.print()
    for number, explanation in enumerate(explained):
        if number:
            console.print()
        if titles:
            console.print(titles[number], markup=False)
        console.print(waterfall(explanation))
    if not explained:
        say("there is no pair in doubt: no pair without a label was compared")
    if taught is not None:
        for line in taught.lines():
            console.print(line, markup=False)
    if html is not None:
        say(f"wrote {html}: {counted(len(explained), 'pair')} explained")


def _groups(file: str, records: ml.Records, group: int) -> NDArray[np.int64]:
    """Return the group of each record, after a check that the named one is there."""
    match_id = match_ids_of(records.table)
    if not (match_id == group).any():
        raise UsageError(
            f"--group {group}: no row of {file} has this match_id; the highest is {match_id.max()}"
        )
    return match_id


def _of_group(
    prepared: PreparedTable, matcher: ml.Matcher, match_id: NDArray[np.int64], group: int
) -> tuple[DoubtfulGroup, list[tuple[str, str]], list[str]]:
    """Return a group, the keys of its most telling pairs, and a title for each."""
    from matchloop.quality.doubtful import decision_of_group, telling_pairs
    from matchloop.report import describe_decision

    records = prepared.records
    scores = matcher.score(prepared)
    doubt = decision_of_group(match_id, scores, group, rows=SHOWN)
    inside, outside = telling_pairs(match_id, scores, doubt.rows)
    pairs = [*inside, *([outside] if outside is not None else [])]
    keys = [(records.keys[left].as_py(), records.keys[right].as_py()) for left, right in pairs]
    titles = [f"{left} and {right}, both in group {group}" for left, right in keys]
    if outside is not None:
        other = int(match_id[outside[1]])
        titles[-1] = f"{keys[-1][0]} and {keys[-1][1]}, the likeliest record outside: group {other}"
    return describe_decision(doubt, records, match_id, prepared.views), keys, titles


def _write_page(
    path: str,
    file: str,
    explained: Sequence[Explanation],
    titles: Sequence[str],
    decision: DoubtfulGroup | None,
    threshold: float,
) -> None:
    from matchloop.report import ExplainedPair, ExplainedReport, write_explained

    named = titles or [f"{pair.left_key} and {pair.right_key}" for pair in explained]
    table = Path(file).name
    if decision is not None:
        title = f"Group {decision.groups[0]} of {table}"
        subtitle = f"{_size(decision)}."
    else:
        title = f"Pairs of {table} explained"
        subtitle = f"{counted(len(explained), 'pair')}, in the order of doubt."
        if len(explained) == 1:
            title, subtitle = f"{named[0]}, of {table}", "Why they match, or do not."
    write_explained(
        ExplainedReport(
            title,
            subtitle,
            tuple(ExplainedPair(name, pair) for name, pair in zip(named, explained, strict=True)),
            threshold,
            decision,
            f"matchloop {ml.__version__}",
        ),
        path,
    )


def _size(decision: DoubtfulGroup) -> str:
    size, shown = decision.size, len(decision.keys)
    words = counted(size, "record")
    return words if shown == size else f"{words}; the {shown} least certain are shown"


def _doubtful(
    prepared: PreparedTable, matcher: ml.Matcher, answers: ml.Labels | None, count: int
) -> list[tuple[str, str]]:
    """Return the keys of the pairs without a label that are closest to the threshold."""
    scores = matcher.score(prepared)
    far = np.abs(scores.probability.astype(np.float64) - matcher.merges_from)
    if answers is not None:
        far[np.isin(scores.pairs.ids(), answers.pairs(prepared.records).ids())] = np.inf
    at = np.argsort(far, kind="stable")[:count]
    at = at[np.isfinite(far[at])]
    keys = prepared.records.keys
    left, right = (
        keys.take(pa.array(ends[at])) for ends in (scores.pairs.left, scores.pairs.right)
    )
    return list(zip(left.to_pylist(), right.to_pylist(), strict=True))
