"""The texts of the pages, letters and statements of the program: `texts/LANGUAGE.ftl`; each language has every key."""

from functools import partial
from pathlib import Path

from commonbook.admission import words
from commonbook.admission.words import LANGUAGES, language_of

TEXTS = Path(__file__).parent / "texts"
say = partial(words.say, TEXTS)
keys = partial(words.keys, TEXTS)

__all__ = ["LANGUAGES", "TEXTS", "keys", "language_of", "say"]
