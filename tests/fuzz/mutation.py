"""Damage as upstreams and clients do it: JSON whose members change type, go, come twice or trade places; torn streams.

Every choice is drawn from a ``random.Random``, which may be hypothesis's own: then the same code generates for both.
"""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any


class Members(list[tuple[str, Any]]):
    """A JSON object as its members in order; a name may come twice."""


class Written(str):
    """JSON text that goes in as it is, right or wrong."""


Tree = Any
"""``Members``, a list, a plain value, or ``Written``."""

DEEP = 3_000

HOSTILE: tuple[Tree, ...] = (
    None, True, False, 0, -1, 1, 7, 1.5, -0.0, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1,
    Written("1e400"), Written("-1e-400"), Written("9" * 400), Written("NaN"), Written("Infinity"), Written("1E5"),
    "", " ", "\n", "\0", "0", "null", "true", "a" * 5_000, "é" * 700, "\U0001f600", "\u2028", "\ufeff", "a\r\n\r\nb",
    "[DONE]", "<think>", "</think>", "data: x\n\n", "pxbin-synthetic:", "pxbin-anthropic_messages:c2ln", "pxbin-summary:",
    "data:image/png;base64,!", "data:,", "https://", "file:///etc/passwd", "{", "[]", '{"a":', '{"input": 1}',
    Written('"\\ud800"'), Written('"\\udc00\\ud800"'), Written('"\\u0000"'), Written('"\\x"'),
    [], [[]], [None], [0], [""], ["a", 1, None], Members(), [Members()], Members([("type", None)]),
    Members([("type", "text")]), Members([("", "")]), Members([("a", Members([("a", [])]))]),
    Written("[" * DEEP + "]" * DEEP), Written('{"a":' * DEEP + "1" + "}" * DEEP),
)  # fmt: skip
"""Values that stand where others are expected."""

_GARBAGE = (
    b"", b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n\r\n", b"\n\n", b":", b": ping\n\n", b"data:",
    b"data: \n\n", b"data: null\n\n", b"data: [DONE]\n\n", b"data: {}\n\n", b"data: []\n\n", b"event: error\n",
    b"id: 1\nretry: 5\n", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"{", b"}", b'"', b",", b"<html>", b"[", b"]",
)  # fmt: skip
"""Bytes that come where none should."""


def parse(text: bytes) -> Tree:
    """JSON as a tree. Raises ``ValueError``."""
    return json.loads(text, object_pairs_hook=Members)


def write(tree: Tree) -> str:
    """The tree as JSON text, or as what was made of it."""
    match tree:
        case Written():
            return str(tree)
        case Members():
            return (
                "{" + ",".join(f"{json.dumps(name)}:{write(value)}" for name, value in tree) + "}"
            )
        case list():
            return "[" + ",".join(write(value) for value in tree) + "]"
        case _:
            return json.dumps(tree, ensure_ascii=False)


def nodes(tree: Tree) -> list[Tree]:
    """The tree's values, itself among them."""
    found = [tree]
    for at in found:
        if isinstance(at, Members):
            found += (value for _, value in at)
        elif isinstance(at, list):
            found += at
    return found


def mutate_json(text: bytes, others: Sequence[bytes], random: Random, *, times: int) -> bytes:
    """The JSON with ``times`` changes; ``others`` lend values. Bytes that are no JSON are damaged as bytes."""
    try:
        tree = parse(text)
        lent = nodes(parse(random.choice(others))) if others else []
    except (ValueError, RecursionError):
        return mutate_bytes(text, random)
    for _ in range(times):
        tree = _mutate(tree, lent, random)
    return write(tree).encode("utf-8", "surrogatepass")


def _mutate(tree: Tree, lent: list[Tree], random: Random) -> Tree:
    """One change in the tree, which is changed in place where it is a container."""
    containers = [node for node in nodes(tree) if isinstance(node, list) and node]
    if not containers or random.random() < 0.02:
        return _copy(random.choice(HOSTILE))
    random.choice(_CHANGES)(random.choice(containers), lent, random)
    return tree


def _put(container: list[Any], at: int, value: Tree) -> None:
    container[at] = (container[at][0], value) if isinstance(container, Members) else value


def _value(container: list[Any], at: int) -> Tree:
    return container[at][1] if isinstance(container, Members) else container[at]


def _replace(container: list[Any], lent: list[Tree], random: Random) -> None:
    _put(container, random.randrange(len(container)), _copy(random.choice(HOSTILE)))


def _lend(container: list[Any], lent: list[Tree], random: Random) -> None:
    if lent:
        _put(container, random.randrange(len(container)), _copy(random.choice(lent)))


def _drop(container: list[Any], lent: list[Tree], random: Random) -> None:
    del container[random.randrange(len(container))]


def _double(container: list[Any], lent: list[Tree], random: Random) -> None:
    at = random.randrange(len(container))
    container.insert(random.randint(at, len(container)), _copy(container[at]))


def _trade(container: list[Any], lent: list[Tree], random: Random) -> None:
    a, b = random.randrange(len(container)), random.randrange(len(container))
    first = _value(container, a)
    _put(container, a, _value(container, b))
    _put(container, b, first)


def _shuffle(container: list[Any], lent: list[Tree], random: Random) -> None:
    random.shuffle(container)


def _retype(container: list[Any], lent: list[Tree], random: Random) -> None:
    """The same value in another type: a number as text, a text as number, one thing as a list of it."""
    at = random.randrange(len(container))
    value = _value(container, at)
    forms: list[Tree] = [[value], write(value), Members([("value", value)])]
    if isinstance(value, str) and not isinstance(value, Written):
        forms += [
            Written(value or "0"),
            len(value),
            value.upper(),
            value * 3,
            value[: len(value) // 2],
        ]
    if isinstance(value, int | float):
        forms += [-value, value * 2, str(value)]
    if isinstance(value, list) and value:
        forms += [value[0], [*value, *_copy(value)][:1000]]
    _put(container, at, random.choice(forms))


def _rename(container: list[Any], lent: list[Tree], random: Random) -> None:
    """A member under a name that stands elsewhere in the corpus."""
    names = [name for node in lent if isinstance(node, Members) for name, _ in node]
    if isinstance(container, Members) and names:
        at = random.randrange(len(container))
        container[at] = (random.choice(names), container[at][1])


def _retag(container: list[Any], lent: list[Tree], random: Random) -> None:
    """Another ``type`` for a part: what follows is then the wrong kind's."""
    kinds = [
        value
        for node in lent
        if isinstance(node, Members)
        for name, value in node
        if name in ("type", "role", "finish_reason", "stop_reason", "finishReason", "status")
    ]
    if kinds:
        _put(container, random.randrange(len(container)), _copy(random.choice(kinds)))


_CHANGES: tuple[Callable[[list[Any], list[Tree], Random], None], ...] = (
    _replace, _replace, _lend, _lend, _drop, _drop, _double, _trade, _shuffle, _retype, _rename, _retag,
)  # fmt: skip


def _copy(tree: Tree) -> Tree:
    match tree:
        case Members():
            return Members((name, _copy(value)) for name, value in tree)
        case list():
            return [_copy(value) for value in tree]
        case tuple():
            return (tree[0], _copy(tree[1]))
        case _:
            return tree


def mutate_bytes(data: bytes, random: Random) -> bytes:
    """The bytes with something cut out, put in, or turned over."""
    start = random.randint(0, len(data))
    end = min(len(data), start + random.choice((0, 1, 2, 7, 50, 1000)))
    filling = random.choice(
        (*_GARBAGE, random.randbytes(random.randint(1, 20)), data[start:end] * 2)
    )
    return data[:start] + filling + data[end:]


def mutate_stream(stream: bytes, others: Sequence[bytes], random: Random, *, times: int) -> bytes:
    """Server-sent events that go, come twice, trade places, come from another stream, or are damaged inside."""
    events = stream.replace(b"\r\n", b"\n").split(b"\n\n")
    for _ in range(times):
        events = random.choice(_STREAM_CHANGES)(events, others, random)
    stream = b"\n\n".join(events)
    return random.choice(_FRAMINGS)(stream, random)


Events = list[bytes]


def _lose_events(events: Events, others: Sequence[bytes], random: Random) -> Events:
    start = random.randint(0, len(events))
    return events[:start] + events[start + random.choice((1, 1, 1, 3)) :]


def _double_event(events: Events, others: Sequence[bytes], random: Random) -> Events:
    if not events:
        return events
    at = random.randrange(len(events))
    again = random.randint(0, len(events))
    return [*events[:again], events[at], *events[again:]]


def _trade_events(events: Events, others: Sequence[bytes], random: Random) -> Events:
    if events:
        a, b = random.randrange(len(events)), random.randrange(len(events))
        events[a], events[b] = events[b], events[a]
    return events


def _splice_events(events: Events, others: Sequence[bytes], random: Random) -> Events:
    """Events of another stream in the middle of this one."""
    lent = random.choice(others).replace(b"\r\n", b"\n").split(b"\n\n") if others else []
    start = random.randint(0, len(lent))
    at = random.randint(0, len(events))
    return events[:at] + lent[start : start + random.choice((1, 1, 2, 5, 40))] + events[at:]


def _interleave(events: Events, others: Sequence[bytes], random: Random) -> Events:
    """Two streams as one, each in its own order."""
    lent = random.choice(others).replace(b"\r\n", b"\n").split(b"\n\n") if others else []
    return [
        event
        for pair in zip(events, [*lent, *([b""] * len(events))], strict=False)
        for event in pair
        if event
    ]


def _mutate_data(events: Events, others: Sequence[bytes], random: Random) -> Events:
    """The JSON of one event, with values that other events have."""
    with_data = [at for at, event in enumerate(events) if b"data: " in event]
    if not with_data:
        return events
    at = random.choice(with_data)
    head, _, data = events[at].partition(b"data: ")
    lent = (
        [event.partition(b"data: ")[2] for event in random.choice(others).split(b"\n\n")]
        if others
        else []
    )
    damaged = mutate_json(data, lent, random, times=random.choice((1, 1, 2, 4)))
    return [*events[:at], head + b"data: " + damaged, *events[at + 1 :]]


def _damage(events: Events, others: Sequence[bytes], random: Random) -> Events:
    return mutate_bytes(b"\n\n".join(events), random).split(b"\n\n")


_STREAM_CHANGES: tuple[Callable[[Events, Sequence[bytes], Random], Events], ...] = (
    _lose_events, _double_event, _trade_events, _splice_events, _interleave, _mutate_data, _mutate_data, _mutate_data,
    _mutate_data, _damage,
)  # fmt: skip

_FRAMINGS: tuple[Callable[[bytes, Random], bytes], ...] = (
    *([lambda stream, random: stream] * 6),
    lambda stream, random: stream.replace(b"\n", b"\r\n"),
    lambda stream, random: stream.replace(b"\n", b"\r"),
    lambda stream, random: stream[: random.randint(0, len(stream))],
    lambda stream, random: stream.replace(b"data: ", b"data:"),
    lambda stream, random: b"\xef\xbb\xbf" + stream,
    lambda stream, random: stream.replace(b"\n\n", b"\n\n: ping\n\n"),
)
