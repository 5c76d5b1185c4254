import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.active_learning.questions import PairGraph
from matchloop.data.pairs import CandidatePairs

edges_of_nine = st.sets(
    st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1])
)


@given(edges_of_nine)
def test_the_graph_knows_the_pairs_of_each_record(edges: set[tuple[int, int]]) -> None:
    ordered = sorted(edges)
    ends = np.array(ordered, np.int32).reshape(-1, 2)
    score = np.random.default_rng(0).random(len(ordered))
    pairs = CandidatePairs(
        ends[:, 0],
        ends[:, 1],
        np.ones(len(ends), np.float32),
        np.ones(len(ends), np.uint32),
        ("x",),
    )

    graph = PairGraph(pairs, 9)
    best = graph.best(score)

    for record in range(9):
        mine = [number for number, pair in enumerate(ordered) if record in pair]
        found = graph.edges(record)
        assert found.tolist() == mine
        assert graph.others(record, found).tolist() == [sum(ordered[m]) - record for m in mine]
        assert best[record] == max((score[m] for m in mine), default=-np.inf)
