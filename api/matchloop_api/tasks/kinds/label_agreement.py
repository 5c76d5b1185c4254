"""Compare the labels of several annotators, or several files, for the same sets."""

from __future__ import annotations

from matchloop.errors import InputError, UsageError
from matchloop.quality.agreement import PairPrior, compare_annotators
from matchloop.quality.label_checks import prior_of
from matchloop_api.datasets import records_of
from matchloop_api.ledger import labels_apart
from matchloop_api.places import Places, join
from matchloop_api.store import Transform
from matchloop_api.tasks.naming import file_name
from matchloop_api.tasks.outputs import write_labelling
from matchloop_api.tasks.parameters import key_of, matcher_of
from matchloop_api.tasks.reports import keep_report
from matchloop_api.tasks.taught import compare_pairs
from matchloop_api.tasks.work import Commit, Work

__all__ = ["label_agreement"]


def label_agreement(work: Work) -> Commit:
    """Report the agreement, the quality of each annotator, and the consensus labels.

    Raises
    ------
    MatchloopError
        There are fewer than two annotators, or no two of them labelled the same rows.
    """
    transform = work.transform()
    arguments = work.run.arguments
    by = "source" if arguments.get("By") == "SOURCE" else "person"
    work.on_stage("read", 0.0)
    key = key_of(transform)
    with work.store.reading() as tx:
        people = labels_apart(tx, transform.id, by=by, key=key)
    if not people:
        raise InputError("the transform has no labels; import some first")
    if len(people) < 2:
        other = "By=PERSON compares people" if by == "source" else "By=SOURCE compares files"
        raise UsageError(f"all labels are of one {by}, '{next(iter(people))}'; {other}")
    prior = _prior(work, transform) if arguments.get("WithTable") else None
    work.on_stage("compare", 0.0)
    comparison = compare_annotators(people, key=key, gold=arguments.get("Gold"), prior=prior)
    report = comparison.to_dict() | {"by": by}
    if folder := arguments.get("OutputS3Path"):
        tables = {
            "consensus": comparison.consensus_labels().table(),
            "adjudicate": comparison.adjudication(),
        }
        for name, table in tables.items():
            uri = join(str(folder), file_name(work.run, name))
            write_labelling(work, table, uri, key=key)
            report[f"{name}_uri"] = uri
    work.log(f"compared {len(people)} by {by}")
    return lambda tx: keep_report(tx, work.run, report)


def _prior(work: Work, transform: Transform) -> PairPrior:
    """Return the prior model's probabilities for the transform's table."""
    with work.store.reading() as tx:
        records = records_of(tx, transform, Places(work.settings))
    return prior_of(compare_pairs(work, records, matcher_of(transform)))
