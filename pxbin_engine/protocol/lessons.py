"""Lessons: what an upstream's refusal teaches about it, so that the same request can be said in a way that it takes.

1. A lesson is taken only from what was really sent: a field that stands in the body, a keyword that stands in a schema.
2. What a request cannot do without (its model, its messages, its tools) is never given up.
3. A lesson changes a quirk; one that changes nothing is none, so that no lesson is taken twice.
4. The client's own bytes, in the upstream's own dialect, are not touched: clients learn by themselves. Thinking whose
   signature was refused is the one exception.
5. The words in which upstreams refuse are data (``refusals``), each with who was seen to say it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct, structs

from pxbin_engine.protocol import refusals
from pxbin_engine.protocol.effort import EFFORTS
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.quirks import Quirks

MOST_LESSONS = 3
"""Of one request."""

_ADDED_TO = frozenset({"dropped_fields", "dropped_schema_keywords"})
_NAMES_A_FIELD = frozenset({400, 422})
_NAMES_AN_ABILITY = frozenset({400, 404, 415, 422, 500})  # 404: OpenRouter, 500: llama.cpp
_INDISPENSABLE = frozenset(
    {"model", "messages", "input", "contents", "tools", "stream", "system", "instructions"}
    | {"systeminstruction"}
)
_THINKING = {"reasoning_effort", "thinking", "enable_thinking", "reasoning"}
_TYPES = get_type_hints(Quirks)


class Lesson(Struct, frozen=True):
    """One thing learned.

    Attributes:
        quirk: the field of ``Quirks`` that it changes.
        value: the field's new value, or the names that are added to it.
        description: for a person, after the model's name.
        reason: why the request is repeated.
        lasting: whether it is about the model, rather than about this one conversation.
    """

    quirk: str
    value: Any
    description: str
    reason: str
    lasting: bool = True


def learned(quirks: Quirks, quirk: str, value: Any) -> Quirks:
    """The quirks with that lesson; unchanged by what this version does not know."""
    if quirk not in _TYPES:
        return quirks
    try:
        value = msgspec.convert(value, _TYPES[quirk])
    except msgspec.ValidationError:
        return quirks
    known = getattr(quirks, quirk)
    if quirk in _ADDED_TO:
        value = (*known, *(name for name in value if name not in known))
    elif quirk == "max_output_tokens" and value is not None and known is not None:
        value = min(value, known)
    return structs.replace(quirks, **{quirk: value})


def lesson_of(
    error: ApiError, quirks: Quirks, body: bytes, *, verbatim: bool = False
) -> Lesson | None:
    """What this answer to ``body`` teaches that ``quirks`` do not say; None where it is nothing.

    Args:
        verbatim: the body is the client's own.
    """
    if error.kind == "context_overflow":
        return None
    for lesson in _lessons(error, body, verbatim=verbatim):
        if learned(quirks, lesson.quirk, lesson.value) != quirks:
            return lesson
    return None


def _lessons(error: ApiError, body: bytes, *, verbatim: bool) -> Iterator[Lesson]:
    if error.status in _NAMES_A_FIELD and refusals.SIGNATURE.search(error.message):
        yield Lesson(
            "replays_thinking",
            False,
            "does not take earlier thinking",
            "repeated without earlier thinking, whose signature was refused",
            lasting=False,
        )
    if verbatim:
        return
    sent = _decoded(body)
    if error.status in _NAMES_AN_ABILITY:
        yield from _abilities(error.message, body)
    if error.status in _NAMES_A_FIELD:
        yield from _limits(error.message)
        yield from _efforts(error.message, sent)
        yield from _forced_tools(error.message, sent)
        yield from _refused(error, sent)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


# What a whole sentence says


def _abilities(message: str, body: bytes) -> Iterator[Lesson]:
    for ability in refusals.ABILITIES:
        if ability.said.search(message) and (ability.sent is None or ability.sent.search(body)):
            yield Lesson(ability.quirk, ability.value, ability.description, ability.reason)


def _limits(message: str) -> Iterator[Lesson]:
    for pattern, beyond in refusals.OUTPUT_LIMITS:
        if found := pattern.search(message):
            most = int(found[1]) - beyond
            yield Lesson(
                "max_output_tokens",
                most,
                f"writes at most {most} tokens",
                f"repeated with a limit of {most} tokens, the most that the model writes",
            )


def _efforts(message: str, sent: Mapping[str, Any]) -> Iterator[Lesson]:
    """The levels that a refusal of one lists; a refusal of all of them names the field (see ``_refused``)."""
    reasoning = sent.get("reasoning")
    if "reasoning_effort" not in sent and not (
        isinstance(reasoning, dict) and "effort" in reasoning
    ):
        return
    if refusals.EFFORT.search(message) and (listed := refusals.LISTED.search(message)):
        named = set(re.findall(r"[a-z]+", listed[1]))
        if known := [effort for effort in EFFORTS if effort in named]:
            yield Lesson(
                "efforts",
                known,
                f"knows only the efforts {', '.join(known)}",
                "repeated with a reasoning effort that the model knows",
            )


def _forced_tools(message: str, sent: Mapping[str, Any]) -> Iterator[Lesson]:
    choice = sent.get("tool_choice")
    forced = choice == "required" or (isinstance(choice, dict) and "function" in choice)
    if forced and refusals.FORCED_TOOLS.search(message):
        yield Lesson(
            "forced_tools",
            False,
            "cannot be made to call a tool",
            "repeated without the demand for a tool call, which the upstream refused",
        )


# What names a field or a keyword


def _refused(error: ApiError, sent: Mapping[str, Any]) -> Iterator[Lesson]:
    fields = [*_THINKING & sent.keys()] if refusals.NO_THINKING.search(error.message) else []
    keywords: list[str] = []
    for path in _named(error):
        steps = [
            step for step in re.split(r"[.\[\]]+", path) if step not in ("", "body", "request")
        ]
        if not steps:
            continue
        if (special := _special(steps, sent)) is not None:
            yield special
        elif (field := _field_of(steps, sent)) is not None:
            fields.append(field)
        elif steps[-1] in refusals.KEYWORDS and _holds_key(sent, steps[-1]):
            keywords.append(steps[-1])
    if keywords:
        yield _dropped("dropped_schema_keywords", keywords, "refuses {} in a tool's schema")
    if fields:
        yield _dropped("dropped_fields", fields, "does not take {}")


def _named(error: ApiError) -> Iterator[str]:
    """Every field that the error calls unsupported, as a path."""
    if error.param and (error.code or "") in refusals.CODES:
        yield error.param
    for pattern in refusals.NAMES:
        for found in pattern.finditer(error.message):
            place = found.groupdict().get("place") or ""
            for name in re.findall(r"[\w$.\[\]-]+", found["name"]):
                yield f"{place}.{name}"


def _special(steps: list[str], sent: Mapping[str, Any]) -> Lesson | None:
    """A field that has a quirk of its own."""
    match steps:
        case ["max_tokens"] if "max_tokens" in sent and "messages" in sent:
            return _limit_named("max_completion_tokens")
        case ["max_completion_tokens"] if "max_completion_tokens" in sent:
            return _limit_named("max_tokens")
        case [*_, "strict"] if _holds_key(sent.get("tools"), "strict"):
            return Lesson(
                "strict_tools",
                False,
                "does not take `strict` of a tool",
                "repeated without 'strict', which the upstream refused",
            )
        case [*_, "reasoning_content" | "reasoning" as name] if _holds_key(
            sent.get("messages"), name
        ):
            return Lesson(
                "reasoning_replay",
                None,
                "does not take earlier thinking back",
                "repeated without earlier thinking, which the upstream refused",
            )
    return None


def _limit_named(field: str) -> Lesson:
    return Lesson(
        "max_tokens_field",
        field,
        f"calls the limit of its output `{field}`",
        f"repeated with {field!r}, the upstream's name for the limit",
    )


def _field_of(steps: list[str], sent: Any) -> str | None:
    """The path as it stands in the body, where it does; upstreams also name a field in another dialect's spelling."""
    found: list[str] = []
    for step in steps:
        if not isinstance(sent, dict):
            return None
        name = next((key for key in sent if _spelt(key) == _spelt(step)), None)
        if name is None:
            return None
        found.append(name)
        sent = sent[name]
    if len(found) == 1 and _spelt(found[0]) in _INDISPENSABLE:
        return None
    return ".".join(found)


def _spelt(name: str) -> str:
    return name.replace("_", "").lower()


def _holds_key(value: Any, key: str) -> bool:
    """Whether an object at any depth has that key."""
    if isinstance(value, dict):
        return key in value or any(_holds_key(inner, key) for inner in value.values())
    return isinstance(value, list) and any(_holds_key(inner, key) for inner in value)


def _dropped(quirk: str, names: list[str], description: str) -> Lesson:
    names = list(dict.fromkeys(names))
    shown = ", ".join(f"`{name}`" for name in names)
    quoted = ", ".join(repr(name) for name in names)
    return Lesson(
        quirk,
        names,
        description.format(shown),
        f"repeated without {quoted}, which the upstream refused",
    )
