"""goldenmatch: zero configuration, as its README starts; both modes where tables are linked."""

from __future__ import annotations

from typing import Any

import goldenmatch
import numpy as np
import polars as pl
from harness import Plan, run


def dedupe(plan: Plan, frame: pl.DataFrame) -> dict[str, Any]:
    """Write the partition of its deduplication mode."""
    values = frame.select(list(plan.kinds))
    found = goldenmatch.dedupe_df(values, confidence_required=False, allow_red_config=True)
    cluster = np.arange(len(frame)) + len(frame)
    for number, group in enumerate(found.clusters.values()):
        cluster[np.asarray(group["members"], np.int64)] = number
    plan.write("dedupe", {"key": frame[plan.key].to_list(), "cluster": cluster})
    return {"dedupe_groups": len(found.clusters)}


def match(plan: Plan, frame: pl.DataFrame) -> dict[str, Any]:
    """Write the pairs of its matching mode."""
    hidden = "record_number"
    columns = [pl.col(plan.key).alias(hidden), *plan.kinds]
    first, second = (
        part.select(columns) for _, part in sorted(frame.group_by(plan.source), key=lambda g: g[0])
    )
    found = goldenmatch.match_df(
        first, second, exclude_columns=[hidden], confidence_required=False, allow_red_config=True
    ).matched
    if found is None or not len(found):
        return {"match_pairs": 0}
    found = found.to_pandas() if hasattr(found, "to_pandas") else found
    held = [name for name in found.columns if hidden in str(name)]
    plan.write("match", {"left": found[held[0]], "right": found[held[1]]})
    return {"match_pairs": len(found)}


def work(plan: Plan) -> dict[str, Any]:
    """Run the modes that fit the table; one that fails is reported, the other still counts."""
    frame = pl.from_pandas(plan.raw())
    said: dict[str, Any] = {}
    for mode in [match, dedupe] if plan.source else [dedupe]:
        try:
            said |= mode(plan, frame)
        except Exception as error:
            said[f"{mode.__name__}_error"] = repr(error)[:300]
    return said


if __name__ == "__main__":
    run(work)
