"""``matchloop ask``: write the questions whose answers teach the most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import pyarrow as pa
import typer

import matchloop as ml
from matchloop.active_learning.questions.drawing import OVERLAP
from matchloop.active_learning.strategies import BUILTIN, DEFAULT, GROUP
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import AsJson, EscapeFormulas, File, Seed
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import reads_tables
from matchloop.cli.table_options import Columns, Labelling
from matchloop.cli.words import print_json, say
from matchloop.data.files import files_at
from matchloop.data.io import escape_formulas as escaped
from matchloop.data.io import write_labelling_file
from matchloop.data.labels.columns import check_names
from matchloop.data.records import RESULTS
from matchloop.errors import UsageError, counted
from matchloop.registry import registered_names

if TYPE_CHECKING:
    from matchloop.data.labels import LabeledPairs
    from matchloop.quality.sampled_audit import AuditDraw

__all__ = ["ask"]

Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Labelling file to write: fill in its label column and give it back with --labels.",
        show_default=False,
    ),
]
Sets = Annotated[
    int, typer.Option("--sets", metavar="N", min=0, help="How many sets of rows to ask about.")
]
Rows = Annotated[
    int, typer.Option("--rows", metavar="N", min=2, help="About how many rows a set holds.")
]
Strategy = Annotated[
    str,
    typer.Option(
        "--strategy",
        metavar="NAME",
        help="How pairs are chosen: " + ", ".join(registered_names(BUILTIN, GROUP)),
    ),
]
Overlap = Annotated[
    float,
    typer.Option(
        "--overlap",
        metavar="0..0.5",
        min=0.0,
        max=0.5,
        help="Share of the rows that should have been labelled in an earlier round, so that "
        "answers that contradict each other come to light; not in sets of two.",
    ),
]
Outlook = Annotated[
    bool,
    typer.Option(
        "--outlook/--no-outlook",
        help="Say what these questions are expected to be worth and whether to stop. It fits the "
        "model to the labels of up to three earlier rounds again; each file of labels is a round.",
    ),
]
Audit = Annotated[
    float,
    typer.Option(
        "--audit",
        metavar="N",
        min=0.0,
        help="Questions that measure and are never learned from, as sets of two: below 1 a share "
        "of all rows asked, such as 0.15, else a number of pairs.",
    ),
]
AuditFile = Annotated[
    str | None,
    typer.Option(
        "--audit-file",
        metavar="FILE",
        help="Where the draw of the audit is kept; one that is there already is drawn further. "
        "The output's name with .audit behind it if not given.",
        show_default=False,
    ),
]
Design = Annotated[
    str,
    typer.Option("--design", metavar="NAME", help="How audit pairs are drawn; see docs/audits.md."),
]


@reads_tables
@takes_groups
def ask(
    file: File,
    output: Output,
    *,
    columns: Columns,
    labelling: Labelling,
    sets: Sets = 10,
    rows: Rows = 10,
    strategy: Strategy = DEFAULT,
    overlap: Overlap = OVERLAP,
    outlook: Outlook = True,
    audit: Audit = 0.0,
    audit_file: AuditFile = None,
    design: Design = "neyman",
    escape_formulas: EscapeFormulas = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Write the questions whose labels teach the model most.

    Writes about ten sets of about ten rows in Glue's format. Rows of a set that mean the same
    get the same label; a row left blank is not counted. With --audit some sets of two follow
    that say how good the groups are: give them back, with the file of the draw, to evaluate.
    """
    if sets == 0 and audit < 1:
        raise UsageError("--sets 0 asks nothing; give at least 1, or a number of pairs by --audit")
    ml.check_writable(output)
    kept = audit_file or f"{output}.audit"
    if audit:
        ml.check_writable(kept)
    with StageProgress("ask") as progress:
        records = columns.read(file)
        check_names(records.table.column_names)
        answers = labelling.read(records)
        loop = ml.LabelingLoop(records, answers, strategy=strategy, seed=seed)
        draw = _draw(records, loop, answers, audit_file, audit, design, seed)
        progress("choose questions", 0.0)
        parts, drawn = [], 0
        if sets:
            teaching = loop.ask(sets=sets, rows=rows, overlap=overlap)
            drawn = len(teaching.changed)
            parts.append(teaching.to_table())
        pairs = 0
        if draw is not None:
            rows_asked = sum(table.num_rows for table in parts)
            pairs = (
                round(audit) if audit >= 1 else max(1, round(audit / (1 - audit) * rows_asked / 2))
            )
            before = len(draw)
            draw = draw.more(pairs, draw.answered(_answers(answers, records)))
            pairs = len(draw) - before
            parts.append(draw.questions(records, after=before))
            draw.save(kept)
        questions = pa.concat_tables(parts)
        results = [name for name in RESULTS if name in questions.column_names]
        # an earlier grouping would suggest the answer
        questions = questions.drop_columns([name for name in results if name != records.key])
        shown = escaped(questions, keep=(records.key,)) if escape_formulas else questions
        write_labelling_file(shown, output)
        ahead = None
        if outlook and answers is not None:
            progress("look ahead", 0.0)
            ahead = loop.outlook(sum(table.num_rows for table in parts[: 1 if sets else 0]))
    count = questions.num_rows
    report: dict[str, object] = {"output": output, "sets": sets, "rows": count}
    report["outlook"] = None if ahead is None else ahead.to_dict()
    report["changed_pairs"] = drawn
    if ahead is not None:
        say(f"outlook: {ahead.line()}")
    if draw is not None:
        report |= {"audit": kept, "audit_pairs": pairs, "audit_pairs_so_far": len(draw)}
    if as_json:
        print_json(report)
        return
    say(f"wrote {output}: {counted(count, 'row')}; give rows of a set that match the same label")
    if drawn:
        say(
            f"{drawn} of the pairs were drawn at random from those that your labels changed; "
            "their answers say whether labels make the groups better"
        )
    if draw is not None:
        say(f"{pairs} sets of two measure quality; keep {kept} for evaluate --audit")


def _draw(
    records: ml.Records,
    loop: ml.LabelingLoop,
    labels: ml.Labels | None,
    file: str | None,
    audit: float,
    design: str,
    seed: int,
) -> AuditDraw | None:
    """Return the audit to continue, and keep its pairs out of the other questions."""
    from matchloop.quality.sampled_audit import AuditDraw, draw_audit

    drawn = None
    if file is not None and files_at(file).exists(file):
        drawn = AuditDraw.load(file)
        if design != drawn.design:
            say(f"{file} was drawn by {drawn.design}, which goes on")
    elif audit:
        drawn = draw_audit(records, loop.matcher, 0, labels=labels, design=design, seed=seed)
    answered = _answers(labels, records)
    pairs = [] if answered is None else [(answered.left, answered.right)]
    pairs += [] if drawn is None else [drawn.pairs]
    for left, right in pairs:
        for rows in np.column_stack((left, right)):
            loop.pass_over(rows)
    return drawn if audit else None


def _answers(labels: ml.Labels | None, records: ml.Records) -> LabeledPairs | None:
    return None if labels is None else labels.pairs(records, audit=True)
