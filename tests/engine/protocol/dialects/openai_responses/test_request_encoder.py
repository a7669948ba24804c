"""Requests as an upstream gets them: the corpus, and the fields around the conversation."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks, quirks_for
from pxbin_engine.protocol.request import (
    Effort,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Text,
)
from tests.support.canonical_cases import load_request
from tests.support.validators.openai_responses_request import check_request

ALL = Path(__file__).parents[4] / "corpus"
CORPUS = ALL / "openai_responses"
CASES = sorted(path.name for path in CORPUS.glob("upstream_request_*"))
CLIENTS = sorted(
    str(path.relative_to(ALL)) for path in ALL.glob("anthropic_messages/*/request.json")
)
OPENAI = quirks_for("https://api.openai.com/v1", "gpt-5.2")
HI = (Message("user", (Text("Hi"),)),)
DIALECT = OpenAIResponses()


def encode(quirks: Quirks = DEFAULT_QUIRKS, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    """The body, and the paths of the losses."""
    losses = Losses()
    body = DIALECT.encode_request(
        Request("m", HI, **fields), model="m", quirks=quirks, losses=losses
    )
    return check_request(body), [loss.path for loss in losses]


@pytest.mark.parametrize("case", CASES)
def test_behaviour_25_the_corpus_encodes_to_its_golden_body_and_losses(case: str) -> None:
    folder = CORPUS / case
    quirks_file = folder / "quirks.json"
    quirks = (
        msgspec.json.decode(quirks_file.read_bytes(), type=Quirks)
        if quirks_file.exists()
        else DEFAULT_QUIRKS
    )
    losses = Losses()
    body = DIALECT.encode_request(
        load_request(folder / "canonical.json"),
        model="upstream-model",
        quirks=quirks,
        losses=losses,
    )
    # Compared as text: the order of the keys is part of what is promised.
    golden = json.loads((folder / "body.json").read_text("utf-8"))
    assert json.dumps(check_request(body)) == json.dumps(golden)
    told = [[loss.path, loss.reason] for loss in losses]
    assert told == json.loads((folder / "losses.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CLIENTS)
def test_behaviour_20_what_claude_code_says_is_taken_and_always_said_the_same(case: str) -> None:
    body = (ALL / case).read_bytes()
    if "count_tokens" in case:
        request = ANTHROPIC_MESSAGES.decode_count_request(body)
    else:
        request = ANTHROPIC_MESSAGES.decode_request(body)
    first, again = (
        DIALECT.encode_request(request, model="gpt-5.2", quirks=OPENAI, losses=Losses())
        for _ in range(2)
    )
    assert check_request(first)["model"] == "gpt-5.2"
    assert first == again


def test_nothing_is_stored_and_reasoning_comes_encrypted() -> None:
    body, _ = encode()
    assert (body["store"], body["include"]) == (False, ["reasoning.encrypted_content"])


@pytest.mark.parametrize(
    ("reasoning", "efforts", "sent", "lost"),
    [
        (None, ("low", "high"), None, []),
        (Reasoning(enabled=True, adaptive=True), ("low", "high"), {"summary": "auto"}, []),
        (Reasoning(enabled=True, effort="high"), ("low", "high"), {"effort": "high", "summary": "auto"}, []),
        (Reasoning(effort="medium"), ("low", "high"), {"effort": "low"}, ["reasoning.effort"]),
        (Reasoning(enabled=False), ("none", "low"), {"effort": "none"}, []),
        (Reasoning(enabled=False), ("minimal", "low"), {"effort": "minimal"}, ["reasoning.effort"]),
        (Reasoning(summary="concise"), ("low",), {"summary": "concise"}, []),
        (Reasoning(enabled=True, effort="high"), (), None, ["reasoning.effort"]),
        (Reasoning(enabled=True, adaptive=True), (), None, []),
    ],
)  # fmt: skip
def test_behaviour_17_effort_and_summary_as_the_model_knows_them(
    reasoning: Reasoning | None,
    efforts: tuple[Effort, ...],
    sent: dict[str, str] | None,
    lost: list[str],
) -> None:
    body, losses = encode(Quirks(efforts=efforts), reasoning=reasoning)
    assert body.get("reasoning") == sent
    assert losses == lost


@pytest.mark.parametrize(
    ("wished", "most", "sent"), [(1, None, 16), (16, None, 16), (99, None, 99), (99, 50, 50)]
)
def test_behaviour_17_the_limit_is_one_that_the_upstream_takes(
    wished: int, most: int | None, sent: int
) -> None:
    body, losses = encode(Quirks(max_output_tokens=most), max_output_tokens=wished)
    assert body["max_output_tokens"] == sent
    assert losses == ([] if sent == wished else ["max_tokens"])


def test_a_temperature_beyond_the_upstreams_is_its_highest() -> None:
    body, losses = encode(Quirks(highest_temperature=1), temperature=1.5, top_p=0.5)
    assert (body["temperature"], body["top_p"]) == (1, 0.5)
    assert losses == ["temperature"]


def test_behaviour_19_what_the_api_does_not_have_is_a_loss() -> None:
    wishes: dict[str, Any] = {
        "top_k": 1,
        "seed": 2,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
    }
    body, losses = encode(**wishes, stop=("END",))
    assert not {*wishes, "stop"} & body.keys()
    assert losses == [*wishes, "stop_sequences"]


def test_behaviour_19_who_asks_is_said_in_the_words_that_the_upstream_takes() -> None:
    said: dict[str, Any] = {"user_id": "u" * 65, "cache_key": "k", "service_tier": "standard_only"}
    body, losses = encode(OPENAI, **said)
    assert len(body["safety_identifier"]) == 64
    assert (body["prompt_cache_key"], body["service_tier"]) == ("k", "default")
    assert losses == []
    body, losses = encode(**said)
    assert len(body["user"]) == 64
    assert losses == ["prompt_cache_key", "service_tier"]


def test_structured_output() -> None:
    wanted = OutputFormat("json_schema", None, msgspec.Raw(b'{"type":"object"}'))
    body, _ = encode(output_format=wanted)
    assert body["text"]["format"] == {
        "type": "json_schema",
        "name": "answer",
        "schema": {"type": "object"},
    }
    assert encode(output_format=OutputFormat("json_object"))[0]["text"]["format"] == {
        "type": "json_object"
    }


def test_what_chat_completions_says_in_the_same_words_is_carried() -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "metadata": {"a": "b"}, "verbosity": "low", "logit_bias": {"1": 2}}  # fmt: skip
    request = OpenAIChat().decode_request(msgspec.json.encode(asked))
    losses = Losses()
    body = check_request(
        DIALECT.encode_request(request, model="m", quirks=DEFAULT_QUIRKS, losses=losses)
    )
    assert (body["metadata"], body["text"]) == ({"a": "b"}, {"verbosity": "low"})
    assert [loss.path for loss in losses] == ["logit_bias"]


def test_a_client_of_this_dialect_keeps_the_fields_that_only_it_knows() -> None:
    asked = {
        "model": "m",
        "input": "Hi",
        "include": ["message.output_text.logprobs"],
        "text": {"verbosity": "low"},
        "reasoning": {"effort": "low", "context": "all_turns"},
        "truncation": "auto",
        "metadata": {"a": "b"},
    }
    request = DIALECT.decode_request(msgspec.json.encode(asked))
    losses = Losses()
    body = check_request(DIALECT.encode_request(request, model="m", quirks=OPENAI, losses=losses))
    assert body["include"] == ["reasoning.encrypted_content", "message.output_text.logprobs"]
    assert body["reasoning"] == {"effort": "low", "summary": "auto", "context": "all_turns"}
    assert (body["text"], body["truncation"]) == ({"verbosity": "low"}, "auto")
    assert body["metadata"] == {"a": "b"}
    assert losses == []
