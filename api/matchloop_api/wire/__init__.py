"""The wire: convert bytes to calls and replies to bytes. It names no operation."""

from matchloop_api.wire.operation import Handler, Operation, Reply
from matchloop_api.wire.paging import Find, Page, page_of, page_through

__all__ = ["Find", "Handler", "Operation", "Page", "Reply", "page_of", "page_through"]
