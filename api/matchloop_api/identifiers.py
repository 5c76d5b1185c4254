"""Identifiers and resource names in the forms of AWS."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from matchloop_api.errors import InvalidInputException

__all__ = ["Arn", "new_job_run_id", "new_request_id", "new_run_id", "new_transform_id"]

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):glue:(?P<region>[a-z0-9-]*):(?P<account>\d{12}|):"
    r"(?P<kind>\w+)/(?P<name>[^\x00\n]+)"
)


def new_transform_id() -> str:
    """Return a new id of a transform: ``tfm-`` and 40 hexadecimal digits."""
    return f"tfm-{secrets.token_hex(20)}"


def new_run_id() -> str:
    """Return a new id of a task run: ``tsk-`` and 40 hexadecimal digits."""
    return f"tsk-{secrets.token_hex(20)}"


def new_job_run_id() -> str:
    """Return a new id of a job run: ``jr_`` and 64 hexadecimal digits."""
    return f"jr_{secrets.token_hex(32)}"


def new_request_id() -> str:
    """Return a new id of a request, in the form of a UUID."""
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


@dataclass(frozen=True, slots=True)
class Arn:
    """A resource of this server.

    Parameters
    ----------
    kind
        ``mlTransform``, ``database``, ``table``, ``crawler`` or ``job``.
    name
        What follows the kind: a transform's id, another resource's name.
    """

    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Read an ARN; any region and account are accepted, an empty account too.

        Raises
        ------
        InvalidInputException
            The text is no ARN of a Glue resource.
        """
        match = _ARN.fullmatch(text)
        if match is None:
            raise InvalidInputException(
                f"'{text}' is no ARN of a Glue resource; "
                "expected arn:aws:glue:<region>:<account>:<kind>/<name>"
            )
        return cls(match["kind"], match["name"])

    def text(self, *, region: str, account: str) -> str:
        """Write the ARN."""
        return f"arn:aws:glue:{region}:{account}:{self.kind}/{self.name}"
