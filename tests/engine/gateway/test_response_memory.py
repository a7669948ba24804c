"""The bounds of the memory, and who may see what."""

import json
from uuid import UUID

from pxbin_engine.gateway.response_memory import ResponseMemory
from pxbin_engine.protocol.dialects.openai_responses.references import Turn

MINE, THEIRS = UUID(int=1), UUID(int=2)


def turn(name: str, *items: str, asked: int = 10, answer: int = 0) -> Turn:
    body = {"output": [{"id": item} for item in items], "fill": "x" * answer}
    return Turn(name, None, b"x" * asked, json.dumps(body).encode())


def known(memory: ResponseMemory, *names: str) -> list[str]:
    """Which of these turns there are; asking uses them."""
    return [name for name in names if memory.of(MINE).turn(name) is not None]


def test_a_turn_and_its_items_are_known_to_its_key_alone() -> None:
    memory = ResponseMemory(2000)
    kept = turn("a", "item")
    memory.of(MINE).keep(kept)
    assert memory.of(MINE).turn("a") == kept
    item = memory.of(MINE).item("item")
    assert item is not None
    assert bytes(item) == b'{"id": "item"}'
    assert memory.of(THEIRS).turn("a") is None
    assert memory.of(THEIRS).item("item") is None
    assert not memory.of(THEIRS).forget("a")


def test_the_same_ids_of_two_keys_do_not_meet() -> None:
    memory = ResponseMemory(2000)
    memory.of(MINE).keep(turn("a", "item", asked=1))
    memory.of(THEIRS).keep(turn("a", "item", asked=2))
    assert memory.of(THEIRS).forget("a")
    assert memory.of(MINE).item("item") is not None
    assert known(memory, "a") == ["a"]


def test_what_was_not_used_for_the_longest_time_goes_first() -> None:
    memory = ResponseMemory(2000, most=2)
    mine = memory.of(MINE)
    mine.keep(turn("a", "item a"))
    mine.keep(turn("b", "item b"))
    assert mine.turn("a") is not None
    mine.keep(turn("c", "item c"))
    assert known(memory, "a", "b", "c") == ["a", "c"]
    assert (mine.item("item b"), mine.item("item a") is None) == (None, False)


def test_its_bytes_are_bounded() -> None:
    memory = ResponseMemory(2000)
    for number in range(100):
        memory.of(MINE).keep(turn(str(number), asked=200, answer=200))
        assert memory.bytes <= 2000
    assert known(memory, "99", "98", "97", "96", "95") == ["99", "98", "97", "96"]


def test_an_answer_is_known_longer_than_a_large_question() -> None:
    memory = ResponseMemory(2000)
    mine = memory.of(MINE)
    mine.keep(turn("a", "item", asked=900))
    mine.keep(turn("b", asked=900))
    assert known(memory, "a", "b") == ["b"]
    assert mine.item("item") is not None


def test_the_newest_answer_stays_whatever_its_size() -> None:
    memory = ResponseMemory(2000)
    memory.of(MINE).keep(turn("a"))
    memory.of(MINE).keep(turn("b", answer=5000))
    assert known(memory, "a", "b") == ["b"]
    memory.of(MINE).keep(turn("c"))
    assert known(memory, "b", "c") == ["c"]


def test_what_was_forgotten_leaves_nothing() -> None:
    memory = ResponseMemory(2000)
    memory.of(MINE).keep(turn("a", "item"))
    assert memory.of(MINE).forget("a")
    assert not memory.of(MINE).forget("a")
    assert (memory.of(MINE).turn("a"), memory.of(MINE).item("item"), memory.bytes) == (
        None,
        None,
        0,
    )
    assert not memory._answer_of, "else it would grow for ever"


def test_a_turn_that_is_kept_again_counts_once() -> None:
    memory = ResponseMemory(2000)
    memory.of(MINE).keep(turn("a", "item", asked=10))
    once = memory.bytes
    memory.of(MINE).keep(turn("a", "item", asked=10))
    assert memory.bytes == once
    assert memory.of(MINE).item("item") is not None
