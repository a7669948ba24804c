"""The memory of answers in the Responses API: bounded, in this process only, and each pxbin key has its own.

pxbin is a proxy, not a store. What it answered by itself is known as long as there is room, and until it ends:

1. What was not used for the longest time goes first; being pointed to is being used.
2. Questions and answers have room of their own: a tool loop points to its answers in every step, and sends what it asks
   (pictures, files) again and again.
3. A key never meets what another asked.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar
from uuid import UUID

from msgspec import Raw, Struct

from pxbin_engine.protocol.dialects.openai_responses.references import Turn, item_id, output_items

MOST_TURNS = 10_000

V = TypeVar("V")
Name = tuple[UUID, str]
"""Whose it is, and its id."""


class Recent(Generic[V]):
    """What was used lately, within bounds.

    Args:
        size: bytes of a value.
        on_gone: told what went.
    """

    def __init__(
        self,
        most: int,
        most_bytes: int,
        size: Callable[[V], int],
        on_gone: Callable[[Name, V], None] = lambda _name, _value: None,
    ) -> None:
        self.bytes = 0
        self._most = most
        self._most_bytes = most_bytes
        self._size = size
        self._on_gone = on_gone
        self._values: OrderedDict[Name, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def put(self, name: Name, value: V) -> None:
        """Keep it; others go where there is no room. The newest stays, whatever its size."""
        self.drop(name)
        self._values[name] = value
        self.bytes += self._size(value)
        while len(self) > 1 and (len(self) > self._most or self.bytes > self._most_bytes):
            self.drop(next(iter(self._values)))

    def get(self, name: Name) -> V | None:
        """It, as used just now."""
        if name in self._values:
            self._values.move_to_end(name)
        return self._values.get(name)

    def drop(self, name: Name) -> bool:
        """Forget it; whether it was there."""
        value = self._values.pop(name, None)
        if value is None:
            return False
        self.bytes -= self._size(value)
        self._on_gone(name, value)
        return True


class _Question(Struct, frozen=True):
    previous: str | None
    asked: bytes


class _Answer(Struct, frozen=True):
    body: bytes
    items: dict[str, Raw]
    """By id; they are views of the body."""


class ResponseMemory:
    """See the rules above.

    Args:
        most_bytes: of questions and answers together, half for each.
        most: turns.

    Attributes:
        longest: bytes of a question that is kept.
    """

    def __init__(self, most_bytes: int, *, most: int = MOST_TURNS) -> None:
        half = most_bytes // 2
        self.longest = half // 2
        self._questions: Recent[_Question] = Recent(most, half, lambda it: len(it.asked))
        self._answers: Recent[_Answer] = Recent(
            most, half, lambda it: len(it.body), self._forget_items
        )
        self._answer_of: dict[Name, str] = {}
        """Where an item stands."""

    @property
    def bytes(self) -> int:
        """How much is remembered."""
        return self._questions.bytes + self._answers.bytes

    def of(self, key: UUID) -> "KeyMemory":
        """What this pxbin key was answered."""
        return KeyMemory(self, key)

    def keep(self, key: UUID, turn: Turn) -> None:
        """Remember a turn."""
        items = dict(_with_ids(turn.answer))
        self._questions.put((key, turn.id), _Question(turn.previous, turn.asked))
        self._answers.put((key, turn.id), _Answer(turn.answer, items))
        for item in items:
            self._answer_of[key, item] = turn.id

    def turn(self, key: UUID, response_id: str) -> Turn | None:
        """The turn with this response, if all of it is remembered."""
        question = self._questions.get((key, response_id))
        answer = self._answers.get((key, response_id))
        if question is None or answer is None:
            return None
        return Turn(response_id, question.previous, question.asked, answer.body)

    def item(self, key: UUID, wanted: str) -> Raw | None:
        """The item that was answered with this id."""
        answer = self._answers.get((key, self._answer_of.get((key, wanted), "")))
        return answer.items.get(wanted) if answer is not None else None

    def forget(self, key: UUID, response_id: str) -> bool:
        """Forget a turn and its items; whether it was known."""
        known = self.turn(key, response_id) is not None
        self._questions.drop((key, response_id))
        self._answers.drop((key, response_id))
        return known

    def _forget_items(self, name: Name, answer: _Answer) -> None:
        key, response_id = name
        for item in answer.items:
            if self._answer_of.get((key, item)) == response_id:
                del self._answer_of[key, item]


class KeyMemory(Struct, frozen=True):
    """One key's part of the memory; a ``references.Memory``."""

    whole: ResponseMemory
    key: UUID

    def keep(self, turn: Turn) -> None:
        """Remember a turn."""
        self.whole.keep(self.key, turn)

    def turn(self, response_id: str) -> Turn | None:
        """The turn with this response, if all of it is remembered."""
        return self.whole.turn(self.key, response_id)

    def item(self, item_id: str) -> Raw | None:
        """The item that was answered with this id."""
        return self.whole.item(self.key, item_id)

    def forget(self, response_id: str) -> bool:
        """Forget a turn and its items; whether it was known."""
        return self.whole.forget(self.key, response_id)


def _with_ids(answer: bytes) -> Iterator[tuple[str, Raw]]:
    for item in output_items(answer):
        if (known := item_id(item)) is not None:
            yield known, item
