"""FindMatches and FindIncrementalMatches, with the signatures of Glue's ``awsglueml``."""

from __future__ import annotations

from typing import Any

from matchloop.data.matches import CONFIDENCE
from matchloop.errors import UsageError
from matchloop.spark.frames import find_incremental_matches, find_matches
from matchloop.spark.glue.frames import frame_of, like
from matchloop.spark.glue.resolving import resolve

__all__ = ["FindIncrementalMatches", "FindMatches"]


class FindMatches:
    """Put the rows of a frame into groups by a transform."""

    @classmethod
    def apply(
        cls,
        frame: Any,
        transformId: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        enforcedMatches: Any = None,
        computeMatchConfidenceScores: bool | int = 0,
    ) -> Any:
        """Return the frame with ``match_id``.

        Parameters
        ----------
        frame
            A DynamicFrame, or a DataFrame, with the columns of the transform's table.
        transformId
            Id of a transform of the server, or name of a saved model; see :func:`resolve`.
        transformation_ctx
            Name of the result.
        info, stageThreshold, totalThreshold
            Taken for compatibility and ignored: a row that cannot be matched stops the job.
        enforcedMatches
            Not offered; label the pairs, and set EnforceProvidedLabels of the transform.
        computeMatchConfidenceScores
            Whether the result has ``match_confidence_score``.
        """
        _refuse(enforcedMatches)
        rows = frame_of(frame)
        transform = resolve(transformId, rows.columns)
        matched = find_matches(rows, transform.matcher, key=transform.key, labels=transform.labels)
        return like(frame, _scored(matched, computeMatchConfidenceScores), transformation_ctx)


class FindIncrementalMatches:
    """Match new rows into the groups of rows matched before."""

    @classmethod
    def apply(
        cls,
        existingFrame: Any,
        incrementalFrame: Any,
        transformId: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        enforcedMatches: Any = None,
        computeMatchConfidenceScores: bool | int = 0,
    ) -> Any:
        """Return all rows of both frames with ``match_id``; existing groups keep their ids.

        Parameters
        ----------
        existingFrame
            Rows matched before, with ``match_id``.
        incrementalFrame
            New rows.
        transformId, transformation_ctx, info, stageThreshold, totalThreshold, enforcedMatches, \
computeMatchConfidenceScores
            As for :class:`FindMatches`.
        """
        _refuse(enforcedMatches)
        existing, new = frame_of(existingFrame), frame_of(incrementalFrame)
        transform = resolve(transformId, new.columns)
        matched = find_incremental_matches(
            existing, new, transform.matcher, key=transform.key, labels=transform.labels
        )
        scored = _scored(matched, computeMatchConfidenceScores)
        return like(existingFrame, scored, transformation_ctx)


def _refuse(enforced: Any) -> None:
    if enforced is not None:
        raise UsageError(
            "enforcedMatches is not offered; label the pairs and set EnforceProvidedLabels"
        )


def _scored(matched: Any, confidence: bool | int) -> Any:
    return matched if confidence else matched.drop(CONFIDENCE)
