"""Pages for people: the console of task runs, the reference, who may see them."""

from matchloop_api.web.access import page_caller
from matchloop_api.web.pages import pages_router

__all__ = ["page_caller", "pages_router"]
