"""The wire: from bytes to a call and back. It knows no operation by name."""

from matchloop_api.wire.operation import Handler, Operation, Reply
from matchloop_api.wire.paging import Find, Page, page_of, page_through

__all__ = ["Find", "Handler", "Operation", "Page", "Reply", "page_of", "page_through"]
