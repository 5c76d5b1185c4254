"""Text as every stage sees it: folded, coded as small numbers, cut into words and n-grams."""

from matchloop.text.codes import Strings, encode
from matchloop.text.folding import fold, fold_array
from matchloop.text.tokens import Tokens, grams, merged, words

__all__ = ["Strings", "Tokens", "encode", "fold", "fold_array", "grams", "merged", "words"]
