"""The web pages: the console of task runs, the reference, and access to both."""

from matchloop_api.web.access import page_caller
from matchloop_api.web.pages import pages_router

__all__ = ["page_caller", "pages_router"]
