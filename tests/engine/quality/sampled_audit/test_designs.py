from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.quality.sampled_audit.designs import allocated


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 50)), min_size=1, max_size=20),
    st.integers(0, 300),
    st.integers(0, 5),
)
def test_questions_are_shared_out_whole_and_none_beyond_what_there_is(
    strata: list[tuple[float, int]], count: int, seed: int
) -> None:
    shares = np.array([share for share, _ in strata])
    sizes = np.array([size for _, size in strata])
    shared = allocated(shares, sizes, count, np.random.default_rng(seed))

    assert shared.sum() == min(count, sizes.sum())
    assert (shared <= sizes).all()
    assert (shared >= 0).all()
