from __future__ import annotations

from typing import TYPE_CHECKING

from matchloop_api.store import RunStatus, RunType

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.tasks.kinds.conftest import Shop

EXPORT = RunType.EXPORT_LABELS


def test_what_is_exported_comes_back_byte_for_byte(
    shop: Shop, people: str, label_row: Callable[..., list[object]], header: list[str]
) -> None:
    rows = [label_row("s, 1", 'A "quoted"', n) for n in (1, 3, 4, 5)]
    shop.import_rows(people, [header, *rows, label_row("t", "é", 2), label_row("t", "B", 6)])

    run = shop.run(EXPORT, people, OutputS3Path=shop.uri("first"))
    (first,) = shop.written("first/*")
    back = shop.run(RunType.IMPORT_LABELS, people, InputS3Path=f"file://{first}", Replace=True)
    shop.run(EXPORT, people, OutputS3Path=shop.uri("second/"))

    (second,) = shop.written("second/*")
    assert (run.error, back.error) == (None, None)
    assert first.name.startswith(f"{people}_labels_")
    assert first.read_bytes() == (shop.folder / "labels.csv").read_bytes()
    assert second.read_bytes() == first.read_bytes()


def test_without_labels_there_is_nothing_to_export(shop: Shop, people: str) -> None:
    run = shop.run(EXPORT, people, OutputS3Path=shop.uri("out"))

    assert run.status is RunStatus.FAILED
    assert run.error == (f"No labelset exists for transformId {people} in account id 123456789012.")
    assert shop.written("out/*") == []
