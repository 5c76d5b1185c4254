import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring import rarity, text_rarity

NAMES = ("name:edit", "name:words", "year:edit", "record:words", "rivals:grams_best_rank")


def pairs(*rows: tuple[float, float]) -> NDArray[np.float32]:
    return np.array([[name, name, year, 0.0, 1.0] for name, year in rows], np.float32)


def test_agreement_in_a_second_column_outweighs_a_missing_one() -> None:
    seldom = rarity(pairs((1, np.nan), (1, 1), (0, 0), (0, np.nan), (0, 0.5)), NAMES)
    assert int(seldom.argmax()) == 1
    assert seldom[0] > seldom[2]


def test_what_all_pairs_share_or_lack_counts_nothing() -> None:
    assert rarity(pairs((1, np.nan), (1, np.nan)), NAMES).tolist() == [0.0, 0.0]


def test_the_fewer_agree_the_more_it_says() -> None:
    seldom = rarity(pairs((1, 1), (0, 1), (0, 1), (0, 0)), NAMES)
    assert np.isclose(seldom[0], np.log(4) + np.log(4 / 3))
    assert np.isclose(seldom[1], np.log(4 / 3))


def test_a_table_without_texts_has_no_text_rarity() -> None:
    assert text_rarity(pairs((1, 1), (0, 0)), NAMES) is None


def test_the_text_whose_words_are_aligned_best_is_rarest_whatever_else_agrees() -> None:
    names = ("title:words", "title:aligned", "title:words_apart", "title:numbers_apart")
    variant, misspelt, other = (0.9, 0.8, 0.2, 1.0), (0.7, 0.96, 0.6, 1.0), (0.1, 0.1, 0.1, 0.1)
    features = np.array([variant, misspelt, other, other], np.float32)

    found = text_rarity(features, names)

    assert found is not None
    assert int(found.argmax()) == 1
    assert np.isclose(found[1], np.log(4))
    assert found[2] == found[3] == 0
