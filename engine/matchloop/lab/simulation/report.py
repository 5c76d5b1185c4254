"""Write a self-contained page about an experiment, and its figures as files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from matchloop.errors import InputError
from matchloop.lab.simulation import charts
from matchloop.lab.simulation.asked import read_asked
from matchloop.lab.simulation.canvas import Chart, save, svg
from matchloop.lab.simulation.comparing import compare, only_some
from matchloop.lab.simulation.costs import CostModel
from matchloop.lab.simulation.curves import Curves, read_curves
from matchloop.lab.simulation.reading import (
    METRIC_NAMES,
    UNITS,
    conclusions,
    limits,
    short,
    signed,
    with_interval,
)
from matchloop.lab.simulation.results import read_rounds
from matchloop.lab.simulation.standings import Comparison
from matchloop.report.templates import fill_template, write_filled

__all__ = ["LabReport", "draw_report", "write_figures", "write_report"]

COSTS = ("rows", "decisions", "seconds")
"""Axes over which sets are compared with pairs."""


@dataclass(frozen=True, eq=False)
class LabReport:
    """Content of the page about an experiment.

    Parameters
    ----------
    title
        Heading.
    comparison
        The comparison.
    charts
        Figures, in order.
    experiments
        Grids and versions of each folder.
    data
        Hash of the data by table.
    runs
        Number of runs.
    costs
        The assumed costs.
    """

    title: str
    comparison: Comparison
    charts: tuple[Chart, ...]
    experiments: tuple[Mapping[str, Any], ...]
    data: Mapping[str, str]
    runs: int
    costs: CostModel


def draw_report(
    folders: Sequence[Path],
    *,
    metric: str = "f1",
    axis: str = "labels",
    reference: str | None = None,
    oracle: str | None = None,
    only: Sequence[str] = (),
    costs: CostModel | None = None,
) -> LabReport:
    """Compare the runs of an experiment and draw the figures.

    Parameters
    ----------
    folders
        Folders that ``matchloop lab simulate`` wrote.
    metric, axis, costs
        See :func:`matchloop.lab.simulation.read_curves`.
    reference, oracle
        See :func:`matchloop.lab.simulation.compare`.
    only
        Contenders to keep beside the reference; all if it is empty.

    Raises
    ------
    InputError
        A folder holds no finished run.
    UsageError
        A name is unknown.
    MissingExtra
        matplotlib is not installed.
    """
    model = costs if costs is not None else CostModel()
    rounds = read_rounds(folders)

    def over(axis: str) -> Curves:
        read = read_curves(rounds, metric=metric, axis=axis, costs=model)
        return only_some(read, only, reference) if only else read

    curves = over(axis)
    comparison = compare(curves, reference=reference, oracle=oracle)
    runs = {
        curve.run: curve.contender for curve in curves.curves if curve.oracle == comparison.oracle
    }
    questions = read_asked(folders, runs)
    drawn = (
        charts.learning_curves(comparison, curves),
        charts.learning_curves(comparison, curves, log=True),
        charts.critical_difference(comparison),
        charts.labels_saved(comparison),
        charts.starts(comparison, curves),
        charts.sets_and_pairs(comparison, over, COSTS),
        charts.noise_grid(curves),
        charts.asked_matches(comparison, questions),
        charts.asked_probabilities(comparison, questions),
    )
    experiments = tuple(_experiment(folder) for folder in folders)
    names = dict.fromkeys(
        str(grid["name"]) for experiment in experiments for grid in experiment["grids"]
    )
    return LabReport(
        ", ".join(names),
        comparison,
        tuple(chart for chart in drawn if chart is not None),
        experiments,
        _data(rounds),
        len(set(rounds["run"].to_pylist())),
        model,
    )


def write_report(report: LabReport, path: str | os.PathLike[str]) -> None:
    """Write the page atomically, with the same bytes for the same results.

    Raises
    ------
    MissingExtra
        jinja2 or matplotlib is not installed.
    OutputError
        The file cannot be written.
    """
    write_filled(_render(report), path)


def write_figures(report: LabReport, folder: Path) -> list[Path]:
    """Write every figure as PNG and PDF, and return the paths.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [path for chart in report.charts for path in save(chart, folder)]


def _render(report: LabReport) -> str:
    comparison = report.comparison
    ranks = (
        dict(zip(comparison.ranked, comparison.ranking.ranks, strict=True))
        if comparison.ranking
        else {}
    )
    return fill_template(
        "matchloop.lab.simulation",
        "report.html.j2",
        extra="lab",
        report=report,
        comparison=comparison,
        figures=[(chart, svg(chart)) for chart in report.charts],
        ranks=ranks,
        shows=conclusions(comparison),
        lacks=limits(comparison),
        metric=METRIC_NAMES[comparison.metric],
        unit=UNITS[comparison.axis],
        grids=[
            (grid["name"], json.dumps(grid, indent=1, sort_keys=True))
            for experiment in report.experiments
            for grid in experiment["grids"]
        ],
        versions=[
            ", ".join(f"{name} {value}" for name, value in sorted(experiment["versions"].items()))
            for experiment in report.experiments
        ],
        interval=with_interval,
        short=short,
        signed=signed,
        budget=_budget,
    )


def _experiment(folder: Path) -> Mapping[str, Any]:
    path = folder / "experiment.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            "grids": [{**grid, "name": grid["name"]} for grid in content["grids"]],
            "versions": dict(content["versions"]),
        }
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{path} cannot be read; give a folder that 'matchloop lab simulate' wrote"
        ) from None


def _data(rounds: pa.Table) -> dict[str, str]:
    pairs = zip(rounds["table"].to_pylist(), rounds["data"].to_pylist(), strict=True)
    return dict(sorted(set(pairs)))


def _budget(value: float | None) -> str:
    return "not reached" if value is None else f"{value:,.0f}"
