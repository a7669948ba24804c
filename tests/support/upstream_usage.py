"""What upstreams say that they used: each dialect's answers with any usage, and its vendor's own rules of reading it.

The rules stand here once more, apart from the decoders, so that a test may hold one against the other.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Told = dict[str, Any]
"""A usage object, as an upstream or pxbin wrote it, with the service tier beside it."""

DIALECTS = ("anthropic_messages", "openai_chat", "openai_responses", "gemini_generate")
TEXT = "Hello"

tokens = st.one_of(st.just(0), st.integers(1, 2000), st.integers(150_000, 10**9))


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Tokens in classes that do not overlap; ``sound_*`` and ``pictures_out`` are parts of them."""

    input: int
    cache_read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    output: int
    sound_in: int = 0
    sound_cached: int = 0
    sound_out: int = 0
    pictures_out: int = 0
    tier: str = ""

    @property
    def written(self) -> int:
        """To the prompt cache."""
        return self.write_5m + self.write_1h

    @property
    def prompt(self) -> int:
        """All that was read."""
        return self.input + self.cache_read + self.written


def counted(dialect: str, told: Mapping[str, Any]) -> Counted:
    """``told`` by the rules of the vendor whose dialect it is."""
    return _READERS[dialect](told)


def _of_messages(told: Mapping[str, Any]) -> Counted:
    """Anthropic: the four counts stand side by side."""
    writes = told.get("cache_creation") or {}
    long = writes.get("ephemeral_1h_input_tokens", 0)
    return Counted(
        input=told["input_tokens"],
        cache_read=told.get("cache_read_input_tokens", 0),
        write_5m=told.get("cache_creation_input_tokens", 0) - long,
        write_1h=long,
        output=told["output_tokens"],
        tier=_tier(told),
    )


def _of_chat(told: Mapping[str, Any]) -> Counted:
    """OpenAI: the prompt's count has the cached ones in it, and what a vendor leaves out of the output is in the total."""
    given, made = told.get("prompt_tokens_details") or {}, told["completion_tokens_details"]
    read = given.get("cached_tokens", told.get("prompt_cache_hit_tokens", 0))
    written = given.get("cache_write_tokens", 0)
    return Counted(
        input=told["prompt_tokens"] - read - written,
        cache_read=read,
        write_5m=written,
        output=told["total_tokens"] - told["prompt_tokens"],
        sound_in=given.get("audio_tokens", 0),
        sound_out=made.get("audio_tokens", 0),
        pictures_out=made.get("image_tokens", 0),
        tier=_tier(told),
    )


def _of_responses(told: Mapping[str, Any]) -> Counted:
    """OpenAI: as above; caches that last for twelve hours are the longer kind."""
    given = told["input_tokens_details"]
    read, written = given["cached_tokens"], given["cache_write_tokens"]
    long = given.get("cache_write_tokens_details", {}).get("ttl_12h_tokens", 0)
    return Counted(
        input=told["input_tokens"] - read - written,
        cache_read=read,
        write_5m=written - long,
        write_1h=long,
        output=told["output_tokens"],
        tier=_tier(told),
    )


def _of_gemini(told: Mapping[str, Any]) -> Counted:
    """Google: the cached ones are in the prompt's count; thoughts and what tools gave to read are not in the others."""
    read, sound_cached = told.get("cachedContentTokenCount", 0), _sound(told, "cacheTokensDetails")
    made = told.get("candidatesTokensDetails", ())
    return Counted(
        input=told["promptTokenCount"] - read + told.get("toolUsePromptTokenCount", 0),
        cache_read=read,
        output=told.get("candidatesTokenCount", 0) + told.get("thoughtsTokenCount", 0),
        sound_in=_sound(told, "promptTokensDetails") - sound_cached,
        sound_cached=sound_cached,
        sound_out=_sound(told, "candidatesTokensDetails"),
        pictures_out=sum(part["tokenCount"] for part in made if part["modality"] == "IMAGE"),
        tier=_tier(told),
    )


_READERS: dict[str, Callable[[Mapping[str, Any]], Counted]] = dict(
    zip(DIALECTS, (_of_messages, _of_chat, _of_responses, _of_gemini), strict=True)
)


def _tier(told: Mapping[str, Any]) -> str:
    said = str(told.get("service_tier") or told.get("serviceTier") or "").lower()
    return said if said in {"batch", "fast", "flex", "priority"} else ""


def _sound(told: Mapping[str, Any], field: str) -> int:
    return sum(part["tokenCount"] for part in told.get(field, ()) if part["modality"] == "AUDIO")


@st.composite
def usages(draw: st.DrawFn, dialect: str) -> Told:
    """What an upstream of the dialect may say."""
    return {name: value for name, value in draw(_USAGES[dialect]()).items() if value is not None}


@st.composite
def _messages_usage(draw: st.DrawFn) -> Told:
    short, long = draw(tokens), draw(tokens)
    split = {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long}
    return {
        "input_tokens": draw(tokens),
        "cache_read_input_tokens": draw(tokens),
        "cache_creation_input_tokens": short + long,
        "cache_creation": split if long else draw(st.sampled_from([split, None])),
        "output_tokens": draw(tokens),
        "service_tier": draw(st.sampled_from([None, "standard", "priority", "batch"])),
    }


@st.composite
def _chat_usage(draw: st.DrawFn) -> Told:
    fresh, read, written, output, beside = (draw(tokens) for _ in range(5))
    deepseek = draw(st.booleans())
    sound = draw(st.integers(0, output))
    return {
        "prompt_tokens": fresh + read + written,
        "completion_tokens": output,
        "total_tokens": fresh + read + written + output + beside,  # xAI's thinking stands beside
        "prompt_tokens_details": {
            "audio_tokens": draw(st.integers(0, fresh)),
            "cache_write_tokens": written,
            **({} if deepseek else {"cached_tokens": read}),
        },
        "prompt_cache_hit_tokens": read if deepseek else None,
        "completion_tokens_details": {
            "reasoning_tokens": beside or draw(st.integers(0, output)),
            "audio_tokens": sound,
            "image_tokens": draw(st.integers(0, output - sound)),
        },
        "service_tier": draw(st.sampled_from([None, "default", "flex", "priority"])),
    }


@st.composite
def _responses_usage(draw: st.DrawFn) -> Told:
    fresh, read, short, long, output = (draw(tokens) for _ in range(5))
    return {
        "input_tokens": fresh + read + short + long,
        "input_tokens_details": {
            "cached_tokens": read,
            "cache_write_tokens": short + long,
            "cache_write_tokens_details": {"ttl_30m_tokens": short, "ttl_12h_tokens": long},
        },
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": draw(st.integers(0, output))},
        "total_tokens": fresh + read + short + long + output,
        "service_tier": draw(st.sampled_from([None, "default", "flex", "priority"])),
    }


@st.composite
def _gemini_usage(draw: st.DrawFn) -> Told:
    fresh, read, by_tools, output, thoughts = (draw(tokens) for _ in range(5))
    sound, sound_cached = draw(st.integers(0, fresh)), draw(st.integers(0, read))
    sound_out = draw(st.integers(0, output))
    pictures = draw(st.integers(0, output - sound_out))
    return {
        "promptTokenCount": fresh + read,
        "cachedContentTokenCount": read or None,
        "toolUsePromptTokenCount": by_tools or None,
        "candidatesTokenCount": output,
        "thoughtsTokenCount": thoughts or None,
        "totalTokenCount": fresh + read + by_tools + output + thoughts,
        "promptTokensDetails": [_kind("TEXT", fresh), _kind("AUDIO", sound + sound_cached)],
        "cacheTokensDetails": [_kind("AUDIO", sound_cached)] if read else None,
        "candidatesTokensDetails": [_kind("AUDIO", sound_out), _kind("IMAGE", pictures)],
        "serviceTier": draw(st.sampled_from([None, "STANDARD", "FLEX", "PRIORITY"])),
    }


def _kind(modality: str, count: int) -> Told:
    return {"modality": modality, "tokenCount": count}


_USAGES = dict(
    zip(DIALECTS, (_messages_usage, _chat_usage, _responses_usage, _gemini_usage), strict=True)
)


def request(dialect: str, *, stream: bool) -> bytes:
    """A small request of a client; one that wants to hear what was used."""
    turn = {"role": "user", "content": TEXT}
    body: Told = {
        "anthropic_messages": {"max_tokens": 9, "messages": [turn]},
        "openai_chat": {"messages": [turn], "stream_options": {"include_usage": True}},
        "openai_responses": {"input": TEXT},
        "gemini_generate": {"contents": [{"role": "user", "parts": [{"text": TEXT}]}]},
    }[dialect]
    named = {} if dialect == "gemini_generate" else {"model": "alias", "stream": stream}
    return json.dumps(body | named).encode()


def whole_answer(dialect: str, told: Told) -> bytes:
    """An upstream's answer in one piece."""
    return json.dumps(_WHOLE[dialect](told)).encode()


def streamed_answer(dialect: str, told: Told, *, running: bool) -> bytes:
    """The same as events; ``running``: counts are told before the end, too, as far as they have come by then."""
    return _events(_STREAMED[dialect](told, running))


def _message(told: Told, **more: Any) -> Told:
    base = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    content = [{"type": "text", "text": TEXT}]
    return base | {"content": content, "stop_reason": "end_turn", "usage": told} | more


def _message_events(told: Told, running: bool) -> Iterable[Told]:
    """``message_delta`` says the output alone, or all but how long cache writes last."""
    begun = _message(told | {"output_tokens": 1}, content=[], stop_reason=None)
    end = {"output_tokens": told["output_tokens"]}
    if running:
        hidden = ("cache_creation", "service_tier")
        end = {name: value for name, value in told.items() if name not in hidden}
    block = {"type": "text", "text": ""}
    delta = {"type": "text_delta", "text": TEXT}
    yield {"type": "message_start", "message": begun}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": end}
    yield {"type": "message_stop"}


def _completion(told: Told, **choice: Any) -> Told:
    body: Told = {"id": "chatcmpl-1", "model": "m", "choices": [{"index": 0} | choice]}
    usage = {name: value for name, value in told.items() if name != "service_tier"}
    tier = {"service_tier": told["service_tier"]} if "service_tier" in told else {}
    return body | tier | {"usage": usage or None}


def _whole_completion(told: Told) -> Told:
    message = {"role": "assistant", "content": TEXT}
    return _completion(told, message=message, finish_reason="stop")


def _completion_events(told: Told, running: bool) -> Iterable[Told | str]:
    """A chunk of its own says the usage, or, as at some vendors, every chunk so far and the last one all."""
    tier = {"service_tier": told["service_tier"]} if "service_tier" in told else {}
    delta = {"role": "assistant", "content": TEXT}
    early = told | {
        "completion_tokens": 0,
        "total_tokens": told["prompt_tokens"],
        "completion_tokens_details": {},
    }
    yield _completion(early if running else tier, delta=delta)
    yield _completion(told if running else tier, delta={}, finish_reason="stop")
    if not running:
        yield _completion(told) | {"choices": []}
    yield "[DONE]"


def _response(told: Told, status: str = "completed") -> Told:
    part = {"type": "output_text", "text": TEXT, "annotations": []}
    item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    usage = {name: value for name, value in told.items() if name != "service_tier"}
    done = status == "completed"
    return {
        "id": "resp_1",
        "object": "response",
        "model": "m",
        "status": status,
        "service_tier": told.get("service_tier", "auto") if done else "auto",
        "output": [item | {"content": [part]}] if done else [],
        "usage": usage if done else None,
    }


def _response_events(told: Told, _: bool) -> Iterable[Told]:
    completed = _response(told)
    (item,) = completed["output"]
    (part,) = item["content"]
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    at = {"output_index": 0}
    empty = item | {"content": [], "status": "in_progress"}
    yield {"type": "response.created", "response": _response(told, "in_progress")}
    yield {"type": "response.output_item.added", "item": empty} | at
    yield {"type": "response.content_part.added", "part": part | {"text": ""}} | place
    yield {"type": "response.output_text.delta", "delta": TEXT} | place
    yield {"type": "response.output_text.done", "text": TEXT} | place
    yield {"type": "response.content_part.done", "part": part} | place
    yield {"type": "response.output_item.done", "item": item} | at
    yield {"type": "response.completed", "response": completed}


def _chunk(told: Told | None, finish: str | None = "STOP") -> Told:
    candidate = {"content": {"parts": [{"text": TEXT}], "role": "model"}, "finishReason": finish}
    usage = {} if told is None else {"usageMetadata": told}
    return {"candidates": [candidate], "modelVersion": "m", "responseId": "r1", **usage}


def _chunks(told: Told, running: bool) -> Iterable[Told]:
    hidden = ("candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount")
    early = {name: value for name, value in told.items() if name not in hidden}
    yield _chunk(early | {"totalTokenCount": 1} if running else None, finish=None)
    yield _chunk(told)


_WHOLE: dict[str, Callable[[Told], Told]] = dict(
    zip(DIALECTS, (_message, _whole_completion, _response, _chunk), strict=True)
)
_STREAMED: dict[str, Callable[[Told, bool], Iterable[Told | str]]] = dict(
    zip(DIALECTS, (_message_events, _completion_events, _response_events, _chunks), strict=True)
)


def _events(told: Iterable[Told | str]) -> bytes:
    return b"".join(map(_event, told))


def _event(told: Told | str) -> bytes:
    if isinstance(told, str):
        return f"data: {told}\n\n".encode()
    name = f"event: {told['type']}\n" if "type" in told else ""
    return f"{name}data: {json.dumps(told)}\n\n".encode()


def told_to_client(dialect: str, answer: bytes, *, stream: bool) -> Told:
    """The usage that a client of the dialect reads in pxbin's answer; of several, what the last ones say."""
    said = [json.loads(answer)] if not stream else list(_data_of(answer))
    found: Told = {}
    for one in said:
        held = one.get("message") or one.get("response") or one
        found |= held.get("usage") or held.get("usageMetadata") or {}
        if "service_tier" in held:
            found["service_tier"] = held["service_tier"]
    return found


def _data_of(stream: bytes) -> Iterable[Any]:
    for line in stream.decode().splitlines():
        if line.startswith("data: ") and line != "data: [DONE]":
            yield json.loads(line.removeprefix("data: "))
