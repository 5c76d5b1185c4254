"""Draw the questions of a sampled audit, which are never learned from."""

from __future__ import annotations

from matchloop import Records
from matchloop.data.labels import Labels
from matchloop.data.labels.columns import check_names
from matchloop.errors import InputError, TableError
from matchloop.quality.sampled_audit import AuditDraw, draw_audit
from matchloop_api.places import join
from matchloop_api.store import Transaction, Transform
from matchloop_api.tasks.naming import file_name, number_of
from matchloop_api.tasks.outputs import write_labelling
from matchloop_api.tasks.parameters import key_of, matcher_of
from matchloop_api.tasks.reports import keep_draw, keep_report, kept_draw, read_draw, write_draw
from matchloop_api.tasks.taught import compare_pairs, read_taught
from matchloop_api.tasks.work import Commit, Work

__all__ = ["audit_draw"]


def audit_draw(work: Work) -> Commit:
    """Write pairs as sets of two below ``OutputS3Path`` and extend the transform's audit.

    Raises
    ------
    MatchloopError
        The table cannot be read, differs from the table of the audit, or has no pair left.
    """
    transform = work.transform()
    arguments = work.run.arguments
    records, labels = read_taught(work, transform)
    check_names(records.table.column_names)
    with work.store.reading() as tx:
        earlier = kept_draw(tx, transform.id)
    if earlier is None or arguments.get("StartOver"):
        draw = _begun(work, transform, records, labels)
    else:
        draw = _read(work, earlier, records)
    before = len(draw)
    pairs = None if labels is None else labels.pairs(records, audit=True)
    work.on_stage("choose questions", 0.0)
    draw = draw.more(int(arguments["Pairs"]), draw.answered(pairs))
    if len(draw) == before:
        raise InputError("every pair that could match has been asked about; there is none left")
    work.on_stage("write", 0.0)
    uri = join(str(arguments["OutputS3Path"]), file_name(work.run, "audit"))
    write_labelling(work, draw.questions(records, after=before), uri, key=key_of(transform))
    work.log(f"wrote {uri}: {len(draw) - before} sets of two; {len(draw)} of the audit so far")
    payload = write_draw(work.store, draw)
    report = {
        "uri": uri,
        "pairs": len(draw) - before,
        "pairs_so_far": len(draw),
        "design": draw.design,
        "sets_begin_with": f"audit-{draw.name}-",
    }

    def commit(tx: Transaction) -> None:
        if kept_draw(tx, transform.id) != earlier:
            raise InputError("another run drew from the audit meanwhile; start this one again")
        keep_draw(tx, work.run, payload, instead=earlier)
        keep_report(tx, work.run, report)

    return commit


def _begun(work: Work, transform: Transform, records: Records, labels: Labels | None) -> AuditDraw:
    seed = number_of(work.run)
    matcher = matcher_of(transform)
    prepared = compare_pairs(work, records, matcher)
    fitted = matcher.fit(prepared, labels, on_stage=work.on_stage)
    design = str(work.run.arguments.get("Design") or "neyman")
    return draw_audit(prepared, fitted, 0, labels=labels, design=design, seed=seed)


def _read(work: Work, payload: str, records: Records) -> AuditDraw:
    draw = read_draw(work.store, payload)
    if not draw.is_of(records):
        raise TableError(
            "the table's keys are not those that the audit was drawn from; StartOver=true gives "
            "that audit up and begins another"
        )
    design = work.run.arguments.get("Design")
    if design not in (None, draw.design):
        raise InputError(
            f"the audit was drawn by {draw.design}, not by {design}; leave Design out, or give "
            "StartOver=true"
        )
    return draw
