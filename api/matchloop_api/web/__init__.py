"""Pages for people: the console of task runs, the reference, and later the labelling page."""

from matchloop_api.web.pages import pages_router

__all__ = ["pages_router"]
