"""The options on how to match, and the matcher that they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import typer

import matchloop as ml
from matchloop.cli.option_groups import OptionGroup
from matchloop.cli.options import Seed
from matchloop.errors import UsageError

__all__ = ["Matching", "MatchingOptions"]

Block = Annotated[
    list[str] | None,
    typer.Option(
        "--block",
        metavar="RULE",
        help="Blocking rule of your own, added to the built-in ones: columns that have to agree, "
        "for example 'surname, city'. May be repeated.",
        show_default=False,
    ),
]
PrecisionRecall = Annotated[
    float | None,
    typer.Option(
        "--precision-recall",
        metavar="0..1",
        min=0.0,
        max=1.0,
        help="0 finds the most matches, 1 only the sure ones (Glue's PrecisionRecallTradeoff); 0.5 "
        "if neither this nor --threshold is given.",
        show_default=False,
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        metavar="P",
        min=0.0,
        max=1.0,
        help="Match probability from which records are grouped, in place of --precision-recall.",
        show_default=False,
    ),
]
AccuracyCost = Annotated[
    float,
    typer.Option(
        "--accuracy-cost",
        metavar="0..1",
        min=0.0,
        max=1.0,
        help="0 is cheapest, 1 compares most pairs (Glue's AccuracyCostTradeoff).",
    ),
]
EnforceLabels = Annotated[
    bool,
    typer.Option("--enforce-labels", help="Keep every labelled pair exactly as labelled."),
]
PerSource = Annotated[
    Literal["one", "many"],
    typer.Option(
        "--per-source", metavar="one|many", help="How many records of one source a group may hold."
    ),
]
MaxSize = Annotated[
    int | None,
    typer.Option(
        "--max-size",
        metavar="N",
        min=1,
        help="Largest group allowed; larger ones are split.",
        show_default=False,
    ),
]

SETTINGS = {
    "precision_recall": "precision_recall",
    "threshold": "threshold",
    "accuracy_cost": "accuracy_cost",
    "enforce_labels": "enforce_labels",
    "per_source": "per_source",
    "max_size": "max_size",
    "block": "rules",
    "seed": "seed",
}
"""Options that a saved model has a value for, which they override when typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingOptions:
    """The options on how to match, as typed; each is a setting of :class:`matchloop.Matcher`."""

    block: Block = None
    precision_recall: PrecisionRecall = None
    threshold: Threshold = None
    accuracy_cost: AccuracyCost = 0.5
    enforce_labels: EnforceLabels = False
    per_source: PerSource = "many"
    max_size: MaxSize = None
    seed: Seed = 0

    def matcher(self) -> ml.Matcher:
        """Return an unfitted matcher with these settings.

        Raises
        ------
        UsageError
            Both a tradeoff and a threshold were given.
        """
        tradeoff, threshold = self.precision_recall, self.threshold
        if tradeoff is not None and threshold is not None:
            raise UsageError(
                f"--precision-recall {tradeoff:g} and --threshold {threshold:g} were both given; "
                "give one of them"
            )
        return ml.Matcher(
            precision_recall=0.5 if tradeoff is None else tradeoff,
            threshold=threshold,
            accuracy_cost=self.accuracy_cost,
            enforce_labels=self.enforce_labels,
            per_source=self.per_source,
            max_size=self.max_size,
            rules=tuple(self.block or ()),
            seed=self.seed,
        )

    def matcher_of(self, context: typer.Context, model: str | None) -> ml.Matcher:
        """Return the saved model with the settings that were typed, or a matcher without one."""
        return self.matcher() if model is None else self.over(context, ml.Matcher.load(model))

    def over(self, context: typer.Context, saved: ml.Matcher) -> ml.Matcher:
        """Return a saved matcher with the settings that were typed on the command line."""
        settings = self.matcher()
        typed = {
            SETTINGS[name]: getattr(settings, SETTINGS[name])
            for name in SETTINGS
            if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
        }
        if typed.keys() & {"precision_recall", "threshold"}:  # one takes the place of the other
            typed = {"precision_recall": 0.5, "threshold": None, **typed}
        return replace(saved, **typed)


Matching = Annotated[MatchingOptions, OptionGroup()]
