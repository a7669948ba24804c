"""How many tokens a text has, by what it is made of: no tokenizer and no table of words, but a few counts over its bytes.

Every tokenizer of today cuts a text in much the same places: before a word, at each change between letters, digits and
marks, after so many characters of a script without spaces. So the count is nearly linear in how often these happen. The
weights were fitted to 2.5 million characters of prose, code in a dozen languages, JSON, logs and five scripts, with the
true counts of three vocabularies; ``tests/corpus/token_counts`` holds other texts, with the truth, to prove them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

_CLASSES: Mapping[bytes, Iterable[int]] = {
    b"a": range(ord("a"), ord("z") + 1),
    b"A": range(ord("A"), ord("Z") + 1),
    b"0": range(ord("0"), ord("9") + 1),
    b" ": b" ",
    b"\t": b"\t",
    b"\n": b"\r\n",
    # Leading bytes of UTF-8, which tell the script
    b"L": range(0xC2, 0xCD),  # Latin with accents
    b"G": range(0xCD, 0xD0),  # Greek
    b"C": range(0xD0, 0xD4),  # Cyrillic
    b"R": range(0xD4, 0xE0),  # Armenian, Hebrew, Arabic
    b"T": range(0xE0, 0xE2),  # Indic scripts, Thai and its neighbours
    b"S": (0xE2,),  # typographic marks
    b"K": (0xE3, 0xEE, 0xEF),  # kana, full-width forms
    b"J": range(0xE4, 0xEA),  # Chinese characters
    b"H": range(0xEA, 0xEE),  # Hangul
    b"E": range(0xF0, 0xF8),  # emoji
}
_OTHER = b"p"
_CONTINUATION = bytes(range(0x80, 0xC0))

_LATIN: Mapping[bytes, float] = {
    b"a": 0.074,
    b"\n": 0.729,
    b"p": 0.011,
    b"\t": 1.118,
    b" a": 0.729,
    b"Aa": 0.881,
    b"AA": 0.514,
    b"pa": 1.238,
    b"pA": 0.459,
    b"pp": 0.437,
    b"p ": 0.491,
    b" p": 0.51,
    b"  ": 0.013,
    b"a  ": 0.54,
    b"0  ": 1.783,
    b"p  ": 0.794,
    b"\n ": 0.59,
}
"""Classes of characters in a row -> tokens for each time that they occur; alike in every vocabulary."""


class Vocabulary(Struct, frozen=True):
    """The weights of one vocabulary where they differ: digits, and every script but Latin; ``words``: all others, times this."""

    digits: Mapping[bytes, float]
    scripts: Mapping[bytes, float]
    words: float = 1.0


# fmt: off
O200K = Vocabulary(
    {b"0": 0.489, b" 0": 1.044, b"p0": 1.864, b"0a": 0.243, b"a0": 0.891},
    {b"L": 1.614, b"C": 0.274, b"R": 0.379, b"G": 0.437, b"T": 0.429, b"S": 1.31, b"K": 0.72, b"J": 0.696, b"H": 0.754,
     b"E": 2.876},
)
"""OpenAI's since GPT-4o, and much like those of most models of today."""

CL100K = Vocabulary(
    {b"0": 0.495, b" 0": 0.984, b"p0": 1.615, b"0a": 0.324, b"a0": 0.825},
    {b"L": 2.569, b"C": 0.468, b"R": 0.886, b"G": 1.062, b"T": 1.085, b"S": 0.934, b"K": 0.982, b"J": 0.999, b"H": 1.149,
     b"E": 4.378},
)
"""OpenAI's of GPT-4 and GPT-3.5."""

QWEN = Vocabulary(
    {b"0": 1.056, b" 0": 0.753, b"p0": 1.152, b"0a": 0.501, b"a0": 0.548},
    {b"L": 2.127, b"C": 0.341, b"R": 0.447, b"G": 1.039, b"T": 0.68, b"S": 1.007, b"K": 0.618, b"J": 0.63, b"H": 0.836,
     b"E": 3.081},
)
"""Qwen's, where each digit is a token; so it is in Gemini's and Mistral's."""
# fmt: on

UNKNOWN = Vocabulary(
    {sequence: 0.9 * weight for sequence, weight in O200K.digits.items()}, O200K.scripts, words=1.12
)
"""Any other, large or small: the least with which prose and code of SmolLM2's 49,000 tokens reach 90 %; with more digits,
or more of anything, JSON of the large ones would pass 125 % (``tests/corpus/token_counts``)."""

_VOCABULARIES: tuple[tuple[str, Vocabulary], ...] = (
    (r"gpt-4o|gpt-4\.\d|gpt-[5-9]|gpt-oss|chatgpt|codex|o\d", O200K),
    (r"gpt-4|gpt-3\.5", CL100K),
    (r"qwen|qwq|gemini|gemma|mistral|mixtral|devstral|codestral|magistral|ministral", QWEN),
)
"""A pattern of the model's name -> its vocabulary; the first that fits counts."""

_table = bytearray(_OTHER * 256)
for _class, _members in _CLASSES.items():
    for _byte in _members:
        _table[_byte] = _class[0]
_TABLE = bytes(_table)

_PIECE = 1 << 14
"""Characters that are counted at a time: well under a millisecond."""


class TextTokens(Struct, frozen=True):
    """Tokens of a text, not rounded: what Latin letters, digits and marks make, and what other scripts do."""

    latin: float
    scripts: float


@lru_cache(maxsize=256)
def vocabulary_of(model: str) -> Vocabulary:
    """The vocabulary of a model, by its name, with or without a vendor's prefix."""
    name = model.rsplit("/", 1)[-1].lower()
    for pattern, vocabulary in _VOCABULARIES:
        if re.match(pattern, name):
            return vocabulary
    return UNKNOWN


def go_on() -> None:
    """What is done between two pieces where nobody waits."""


def count_text(
    texts: Sequence[str], vocabulary: Vocabulary, *, between: Callable[[], None] = go_on
) -> TextTokens:
    """The tokens of these texts together; ``between`` is called after each piece, to let others have their turn."""
    latin = scripts = 0.0
    plain = all(text.isascii() for text in texts)
    classes = b"\0".join(map(_classes_of, texts))
    for start in range(0, len(classes), _PIECE):
        piece = classes[start : start + _PIECE]
        latin += vocabulary.words * _weighed(piece, _LATIN) + _weighed(piece, vocabulary.digits)
        if not plain:
            scripts += _weighed(piece, vocabulary.scripts)
        between()
    return TextTokens(latin, scripts)


def _classes_of(text: str) -> bytes:
    """A byte for each character, which tells its class."""
    return text.encode(errors="surrogatepass").translate(_TABLE, _CONTINUATION)


def _weighed(classes: bytes, weights: Mapping[bytes, float]) -> float:
    return sum(classes.count(sequence) * weight for sequence, weight in weights.items())
