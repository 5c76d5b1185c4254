from __future__ import annotations

import pyarrow as pa
import pytest

from matchloop.data.text.company_forms import are_companies, optional_endings, without_forms
from matchloop.data.text.folding import fold_array

NAMES = ["acme", "bolt", "crane", "dorn", "eisen", "falk", "gral", "holm"]


def test_legal_forms_are_cut_off_and_the_first_word_stays() -> None:
    values = pa.array(["eqx ab group", "bolt s p a", "crane gmbh co kg", "ab", None, "ab dorn"])

    assert without_forms(values).to_pylist() == ["eqx", "bolt", "crane", "ab", None, "ab dorn"]


@pytest.mark.parametrize(
    "name",
    ["Bravel S.A. de C.V.", "Bravel SA de CV", "Bravel Sp. z o.o.", "Bravel Spółka z o.o.",
     "BRAVEL Ges.m.b.H.", "Bravel G.m.b.H.", "Bravel Gesellschaft mbH",
     "Bravel Gesellschaft mit beschränkter Haftung", "Bravel Ltd. Şti.",
     "Bravel A.Ş.", "Bravel Osakeyhtiö", "Bravel OÜ", "Bravel Unipessoal, Lda.", "Bravel d.o.o.",
     "Bravel spol. s r.o.", "Bravel Sociedad Limitada", "Bravel Pte. Ltd.", "Bravel GmbH & Co. KG"],
)  # fmt: skip
def test_forms_are_known_as_companies_write_them(name: str) -> None:
    assert without_forms(fold_array(pa.array([name]))).to_pylist() == ["bravel"]


def test_companies_are_told_by_several_forms() -> None:
    companies = [*NAMES, "acme ab", "bolt ltd", "crane ltd"]
    persons = [*NAMES, "anna co", "berta co", "carla co"]

    assert are_companies(pa.array(companies))
    assert not are_companies(pa.array(persons))
    assert not are_companies(pa.array([None], pa.string()))


def test_a_last_word_that_many_names_have_or_lack_is_optional() -> None:
    values = [*NAMES, *(f"{name} foundation" for name in NAMES), *(f"{n} 2" for n in NAMES)]

    assert optional_endings(pa.array(values)) == ["foundation"]
    assert optional_endings(pa.array([f"{name} foundation" for name in NAMES])) == []
    assert optional_endings(pa.array(NAMES)) == []
