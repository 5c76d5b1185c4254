"""Style of the figures: sizes of type, colours safe for colour-blind readers, dashes."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from matchloop.data.io import atomic_write
from matchloop.errors import MissingExtra
from matchloop.report.charts import inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLUMN",
    "INK",
    "LINE",
    "MUTED",
    "OTHERS",
    "PAGE",
    "Chart",
    "Look",
    "canvas",
    "looks",
    "save",
    "styled",
    "svg",
    "tidy",
]

P = ParamSpec("P")
R = TypeVar("R")

COLUMN, PAGE = 3.4, 7.0
"""Widths of a figure in inches: one column of a paper, or its whole page."""

INK, MUTED, LINE, OTHERS = "#1c232d", "#5d6876", "#dfe3e8", "#b4bcc6"
"""Colours of text, secondary text, grid lines, and contenders in the background."""

_VARIABLES = {INK: "var(--ink)", MUTED: "var(--muted)", LINE: "var(--line)"}

# Okabe and Ito (2008), without their yellow, which is hardly visible on white.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), "-", (0, (5, 1.5)), (0, (1, 1)))
_MARKERS = ("o", "s", "^", "D", "v", "P")

_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 7,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 3,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "xtick.color": INK,
    "ytick.color": INK,
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
}


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure with its heading, note and numbers.

    Parameters
    ----------
    name
        Stem of its files.
    title, note
        Heading, and how to read it.
    figure
        The drawn figure.
    heads, rows
        Headings and cells of its numbers, as text.
    """

    name: str
    title: str
    note: str
    figure: Figure
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        """Fix the layout; otherwise every further drawing would move it a little."""
        self.figure.draw_without_rendering()
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")

    @property
    def width(self) -> float:
        """Width in inches."""
        return float(self.figure.get_size_inches()[0])


@dataclass(frozen=True, slots=True)
class Look:
    """Style of a contender's line.

    Parameters
    ----------
    color, linestyle, marker
        As matplotlib names them.
    linewidth
        In points.
    """

    color: str
    linestyle: Any
    marker: str
    linewidth: float = 1.2

    def line(self) -> Mapping[str, Any]:
        """Return the style as matplotlib's arguments of a line."""
        return {
            "color": self.color,
            "linestyle": self.linestyle,
            "marker": self.marker,
            "linewidth": self.linewidth,
            "markeredgewidth": 0,
        }


def looks(names: Sequence[str], reference: str) -> dict[str, Look]:
    """Return the style of each contender: ink for the reference, colours for the others."""
    others = [name for name in names if name != reference]
    styles = {reference: Look(INK, "-", "o", 1.6)} if reference in names else {}
    for at, name in enumerate(others):
        at %= len(_COLOURS)
        styles[name] = Look(_COLOURS[at], _DASHES[at], _MARKERS[at])
    return styles


def canvas(
    rows: int, columns: int, width: float, height: float, **shared: Any
) -> tuple[Figure, list[Axes]]:
    """Make a figure of panels and list its axes row by row.

    The caller must be :func:`styled`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **shared)
    return figure, list(axes.flat)


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function so that it draws in the style of all figures.

    Raises
    ------
    MissingExtra
        matplotlib is not installed when the function is called.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            import matplotlib as mpl
        except ImportError:
            raise MissingExtra(
                "figures need matplotlib and jinja2; run: pip install 'matchloop[lab]'"
            ) from None
        with mpl.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return drawn


def tidy(axes: Axes, *, grid: str = "y") -> None:
    """Hide the lines of a panel that carry no meaning."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=2, width=0.6)
    if grid:
        axes.grid(axis=grid, color=LINE, linewidth=0.5)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


@styled
def svg(chart: Chart) -> str:
    """Return the figure as an SVG element that follows the colours of its page."""
    return inline_svg(chart.figure, _VARIABLES)


@styled
def save(chart: Chart, folder: Path) -> list[Path]:
    """Write the figure as PNG and PDF, with the same bytes for the same figure.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    written = []
    for suffix, metadata in (("png", {"Software": None}), ("pdf", {"CreationDate": None})):
        buffer = io.BytesIO()
        chart.figure.savefig(buffer, format=suffix, facecolor="white", metadata=metadata)
        path = folder / f"{chart.name}.{suffix}"
        with atomic_write(path) as file:
            file.write(buffer.getvalue())
        written.append(path)
    return written
