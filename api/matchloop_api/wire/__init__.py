"""The wire: from bytes to a call and back. It knows no operation by name."""

from matchloop_api.wire.operation import Handler, Operation, Reply

__all__ = ["Handler", "Operation", "Reply"]
