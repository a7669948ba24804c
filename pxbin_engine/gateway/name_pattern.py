"""NamePattern: a name in which ``*`` stands for any part; matched in linear time, for the names come from clients."""

from functools import lru_cache

from pxbin_engine.records import KeyRecord

ANY = "*"


class NamePattern:
    """A compiled pattern; case counts.

    Attributes:
        letters: how many characters are its own, not ``*``'s.
    """

    __slots__ = ("_first", "_last", "_middle", "letters", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.letters = len(text) - text.count(ANY)
        self._first, *rest = text.split(ANY)
        *self._middle, self._last = rest or [""]

    @property
    def is_exact(self) -> bool:
        """It names one name only."""
        return len(self.text) == self.letters

    def matches(self, name: str) -> bool:
        """Whether ``name`` is one of those that are meant."""
        if self.is_exact:
            return name == self.text
        at, end = len(self._first), len(name) - len(self._last)
        if at > end or not (name.startswith(self._first) and name.endswith(self._last)):
            return False
        for part in self._middle:
            at = name.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True


def may_use(key: KeyRecord | None, model: str) -> bool:
    """Whether the key's list of models allows the model of this name (its own, not an alias's); no list allows all."""
    return key is None or not key.allowed_models or _is_allowed(key.allowed_models, model)


@lru_cache(maxsize=1024)
def _is_allowed(allowed: tuple[str, ...], model: str) -> bool:
    return any(NamePattern(pattern).matches(model) for pattern in allowed)
