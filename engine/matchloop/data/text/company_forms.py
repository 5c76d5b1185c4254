"""Legal forms at the end of company names, and other optional last words.

``EQX``, ``EQX AB`` and ``EQX AB Group`` are one name. The list of forms is short and not complete.
Further optional last words of a table are found in its values.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["FORMS", "are_companies", "optional_endings", "without_forms"]

FORMS = (
    *("inc", "incorporated", "corp", "corporation", "co", "company", "llc", "llp", "lp", "l l c"),
    *("ltd", "limited", "plc", "p l c", "pty", "pte", "pvt", "private", "bhd", "sdn"),
    *("gmbh", "mbh", "ag", "kg", "kgaa", "ohg", "ug", "se", "e v", "gruppe"),
    *("sa", "s a", "sas", "s a s", "sarl", "s a r l", "spa", "s p a", "srl", "s r l", "sl", "s l"),
    *("ab", "publ", "as", "a s", "asa", "aps", "oy", "oyj", "bv", "b v", "nv", "n v", "bvba"),
    *("sp z o o", "s r o", "sro", "a s", "kft", "zrt", "nyrt", "ooo", "oao", "kk", "k k", "ltda"),
    *("group", "holding", "holdings", "international", "intl"),
)
"""Folded legal forms of about thirty countries.

Source: the ISO 20275 list of entity legal forms (GLEIF), the abbreviations in common use, and the
words for a group of companies.
"""

_ENDING = f"( ({'|'.join(FORMS)}))+$"
# Limits of a column of companies and of an optional last word; all five are conventions.
_SHARE = 0.1  # least share of the values that end in a form
_KINDS = 2  # least number of different forms, as a single one may be part of a name
_FEWEST = 3  # least number of values that end in a form

_TIMES = 5  # least number of names with and without a last word
_OFTEN = 0.2  # least share of the names with that last word


def are_companies(folded: pa.StringArray) -> bool:
    """Return whether folded values are company names, judged by legal forms at their ends."""
    values = folded.drop_null()
    ending = values.filter(pc.match_substring_regex(values, _ENDING))
    if len(ending) < max(_FEWEST, _SHARE * len(values)):
        return False
    return len(pc.unique(pc.replace_substring_regex(ending, r"^.* ", ""))) >= _KINDS


def without_forms(folded: pa.StringArray) -> pa.StringArray:
    """Remove legal forms from the end of folded values; the first word always stays.

    Examples
    --------
    >>> without_forms(pa.array(["eqx ab group", "lumora gmbh co kg", "group ab"])).to_pylist()
    ['eqx', 'lumora', 'group']
    """
    return pc.replace_substring_regex(folded, _ENDING, "")


def optional_endings(folded: pa.StringArray) -> list[str]:
    """Return the last words that many names of the column have and lack."""
    names = pc.unique(folded.drop_null())
    cut = pc.extract_regex(names, r"^(?P<rest>.+) (?P<last>[^\s\d]{2,})$").drop_null()
    if len(cut) == 0:
        return []
    rest, last = pc.struct_field(cut, "rest"), pc.struct_field(cut, "last")
    have = pc.value_counts(last)
    total = dict(
        zip(have.field("values").to_pylist(), have.field("counts").to_pylist(), strict=True)
    )
    lack = pc.value_counts(last.filter(pc.is_in(rest, names)))
    return sorted(
        word
        for word, count in zip(
            lack.field("values").to_pylist(), lack.field("counts").to_pylist(), strict=True
        )
        if count >= max(_TIMES, _OFTEN * total[word])
    )
