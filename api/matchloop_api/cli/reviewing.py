"""Run the page of a review until Ctrl-C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from matchloop.data.records import Records
from matchloop.quality.reviewing import ReviewFile
from matchloop_api.cli.stores import server_packages

__all__ = ["run"]


def run(
    result: str,
    records: Records,
    decisions: Sequence[Sequence[int]],
    file: ReviewFile,
    *,
    following: Callable[[], str | None],
    port: int,
    open_browser: bool,
    say: Callable[[str], None],
) -> Counter[str]:
    """Serve the decisions of a review on the labelling page until Ctrl-C or SIGTERM.

    Parameters
    ----------
    result, records
        The table that is reviewed, and its records.
    decisions
        Rows of each decision that has no answer, the most doubtful first.
    file
        Where answers go.
    following
        Returns the command that keeps the answers; None without an answer.
    port
        Port to listen on; 0 takes the port of the last run if it is free, otherwise any.
    open_browser
        Whether to open the page.
    say
        Receives a line for the person.

    Returns
    -------
    collections.Counter
        Number of answers of each kind; withdrawn answers are not counted.

    Raises
    ------
    MatchloopError
        The table is not on this machine, another run works on it, the port is taken, or an answer
        cannot be written.
    """
    with server_packages():
        from matchloop_api.cli.page import listen, own_transform, serve_page
        from matchloop_api.labelling.local.folder import Folder
        from matchloop_api.labelling.local.reviewing import ReviewBacking
        from matchloop_api.store import open_store
    folder = Folder(result, "review")
    with folder.locked():
        store = open_store(folder.store_url)
        try:
            parameters = {"PrimaryKeyColumnName": records.key}
            transform = own_transform(store, folder, folder.file.name, parameters)
            folder.remember({**folder.remembered(), "transform": transform})
            listening = listen(port, folder)
            backing = ReviewBacking(store, transform, folder, records, decisions, file, following)
            serve_page(
                store,
                transform,
                backing,
                folder,
                listening,
                open_browser=open_browser,
                on_ready=lambda link: say(f"review {folder.file} at {link} (Ctrl-C ends)"),
            )
            backing.write()
            return backing.kinds()
        finally:
            store.close()
