from __future__ import annotations

import pyarrow as pa

from matchloop.data.text.company_forms import are_companies, optional_endings, without_forms

NAMES = ["acme", "bolt", "crane", "dorn", "eisen", "falk", "gral", "holm"]


def test_legal_forms_are_cut_off_and_the_first_word_stays() -> None:
    values = pa.array(["eqx ab group", "bolt s p a", "crane gmbh co kg", "ab", None, "ab dorn"])

    assert without_forms(values).to_pylist() == ["eqx", "bolt", "crane", "ab", None, "ab dorn"]


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
