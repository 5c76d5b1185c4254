from __future__ import annotations

import pytest

from matchloop.errors import UsageError
from matchloop_api.operations import BEYOND, OPERATIONS
from matchloop_api.wire import Operation, Reply
from matchloop_api.wire.constraints import compile_pattern
from matchloop_api.wire.model import check_offered, input_shape


def test_an_operation_that_glue_lacks_is_refused_with_what_was_meant() -> None:
    table = {"GetMLTransfrom": Operation(lambda request, context: Reply())}
    with pytest.raises(UsageError, match="did you mean GetMLTransform"):
        check_offered(table)


def test_every_line_of_the_table_is_an_operation_of_its_service() -> None:
    check_offered({**OPERATIONS, **BEYOND})


def test_javas_surrogate_ranges_are_translated() -> None:
    shape = input_shape("glue", "GetMLTransform")
    assert shape is not None
    pattern = compile_pattern(shape.members["TransformId"].metadata["pattern"])
    assert pattern.fullmatch("Köln \U0001f600\t")
    assert not pattern.fullmatch("a\nb")
