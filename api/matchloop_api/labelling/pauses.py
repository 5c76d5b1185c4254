"""When a person has worked long enough for a pause: a hint, never a stop."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

__all__ = ["Pauses"]

LONG = timedelta(minutes=25)
MANY = 30
"""Time and sets of activity after which a pause is suggested."""

REST = timedelta(minutes=5)
"""Time without an event that counts as a pause."""


class Pauses:
    """Follows each person's activity since the last pause; forgotten when the server stops."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[tuple[str, str], tuple[datetime, datetime, int]] = {}

    def after(self, transform_id: str, person: str, answered: int, *, now: datetime) -> bool:
        """Record events of a person, and return whether a pause is due."""
        with self._lock:
            first, last, count = self._since.get((transform_id, person), (now, now, 0))
            if now - last > REST:
                first, count = now, 0
            count += answered
            is_due = now - first >= LONG or count >= MANY
            self._since[transform_id, person] = (now, now, 0) if is_due else (first, now, count)
        return is_due
