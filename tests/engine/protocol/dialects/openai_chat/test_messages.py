"""The conversation as an upstream gets it: the corpus, and whatever order a client can put it in."""

import json
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    Base64Source,
    Image,
    Message,
    Part,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from tests.support.canonical_cases import load_request
from tests.support.validators.openai_chat import check_request

CORPUS = Path(__file__).parents[4] / "corpus" / "openai_chat"
CASES = sorted(path.name for path in CORPUS.glob("request_*"))
PICTURE = Image(Base64Source("image/png", "iVBORw0KGgo="))


def encode(
    *messages: Message, quirks: Quirks = DEFAULT_QUIRKS
) -> tuple[list[dict[str, object]], Losses]:
    losses = Losses()
    body = OpenAIChat().encode_request(
        Request("m", messages), model="m", quirks=quirks, losses=losses
    )
    sent: list[dict[str, object]] = check_request(body)["messages"]
    return sent, losses


@pytest.mark.parametrize("case", CASES)
def test_the_corpus_encodes_to_its_golden_body_and_losses(case: str) -> None:
    folder = CORPUS / case
    quirks_file = folder / "quirks.json"
    quirks = (
        msgspec.json.decode(quirks_file.read_bytes(), type=Quirks)
        if quirks_file.exists()
        else DEFAULT_QUIRKS
    )
    losses = Losses()
    request = load_request(folder / "canonical.json")
    body = OpenAIChat().encode_request(
        request, model="upstream-model", quirks=quirks, losses=losses
    )
    # Compared as text: the order of the keys is part of what is promised.
    golden = json.loads((folder / "body.json").read_text("utf-8"))
    assert json.dumps(check_request(body)) == json.dumps(golden)
    told = [[loss.path, loss.reason] for loss in losses]
    assert told == json.loads((folder / "losses.json").read_text("utf-8"))


def test_behaviour_12_system_text_keeps_its_place() -> None:
    sent, losses = encode(
        Message("user", (Text("one"),)),
        Message("system", (Text("rule"),)),
        Message("user", (Text("two"),)),
    )
    assert [(turn["role"], turn["content"]) for turn in sent] == [
        ("user", "one"),
        ("system", "rule"),
        ("user", "two"),
    ]
    assert not losses


def test_behaviour_13_results_follow_their_calls_and_the_text_follows_them() -> None:
    sent, _ = encode(
        Message("assistant", (ToolCall("a", "x", "{}"), ToolCall("b", "y", "{}"))),
        Message(
            "user",
            (
                ToolResult("b", (Text("second"),)),
                Text("and now?"),
                ToolResult("a", (Text("first"), PICTURE)),
            ),
        ),
    )
    assert [turn["role"] for turn in sent] == ["assistant", "tool", "tool", "user"]
    assert [turn["tool_call_id"] for turn in sent[1:3]] == ["a", "b"]
    content = sent[3]["content"]
    assert isinstance(content, list)
    assert [part["type"] for part in content] == ["text", "image_url", "text"]
    assert content[-1]["text"] == "and now?"


def test_behaviour_13_an_error_is_seen_by_the_model() -> None:
    sent, _ = encode(
        Message("assistant", (ToolCall("a", "x", "{}"),)),
        Message("user", (ToolResult("a", (Text("no such file"),), is_error=True),)),
    )
    assert sent[1]["content"] == "Error: no such file"


def test_behaviour_18_thinking_goes_back_only_where_it_is_wanted() -> None:
    turn = Message("assistant", (Thinking("I think.", "pxbin-synthetic:1"), Text("So.")))
    kept, _ = encode(turn, quirks=Quirks(reasoning_replay="reasoning"))
    assert kept[0] == {"role": "assistant", "content": "So.", "reasoning": "I think."}
    dropped, losses = encode(turn)
    assert dropped[0] == {"role": "assistant", "content": "So."}
    assert [loss.path for loss in losses] == ["messages.thinking"]


def test_behaviour_20_arguments_and_order_are_never_written_anew() -> None:
    arguments = '{ "b" : 1e3, "a":"\\u00e9" }'
    sent, _ = encode(Message("assistant", (ToolCall("a", "x", arguments),)))
    assert sent[0]["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "x", "arguments": arguments}}
    ]


def test_behaviour_12_a_result_of_a_later_round_answers_no_earlier_call_of_the_same_id() -> None:
    sent, losses = encode(
        Message("assistant", (ToolCall("call_0", "x", "{}"),)),
        Message("user", (Text("never mind"),)),
        Message("assistant", (ToolCall("call_0", "x", "{}"),)),
        Message("user", (ToolResult("call_0", (Text("second"),)),)),
    )
    assert [turn["content"] for turn in sent if turn["role"] == "tool"] == [
        "[This tool call was not answered.]",
        "second",
    ]
    assert [loss.path for loss in losses] == ["messages[0]"]


def test_a_picture_that_the_model_made_is_a_loss() -> None:
    sent, losses = encode(Message("assistant", (Text("Here."), PICTURE)))
    assert sent == [{"role": "assistant", "content": "Here."}]
    assert [loss.path for loss in losses] == ["messages[0]"]


IDS = st.sampled_from(["a", "b", "c"])
USER_PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, st.sampled_from(["", " ", "hello"])),
    st.builds(
        ToolResult,
        IDS,
        st.sampled_from([(), (Text("ok"),), (Text(""), PICTURE)]),
        st.sampled_from([None, True]),
    ),
    st.just(PICTURE),
)
ASSISTANT_PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, st.sampled_from(["", "sure"])),
    st.builds(Thinking, st.sampled_from(["", "hm"])),
    st.builds(ToolCall, IDS, st.just("x"), st.sampled_from(["", "{}", "{"])),
)
TURNS = st.one_of(
    st.builds(Message, st.just("user"), st.lists(USER_PARTS, max_size=4).map(tuple)),
    st.builds(Message, st.just("assistant"), st.lists(ASSISTANT_PARTS, max_size=4).map(tuple)),
    st.builds(
        Message,
        st.just("system"),
        st.builds(Text, st.sampled_from([" ", "rule"])).map(lambda text: (text,)),
    ),
)
QUIRKS = st.sampled_from(
    [
        DEFAULT_QUIRKS,
        Quirks(text_only=True, system_anywhere=False),
        Quirks(reasoning_replay="reasoning"),
    ]
)


@given(st.lists(TURNS, max_size=8), QUIRKS)
def test_behaviour_12_whatever_the_client_sends_the_upstream_can_take(
    turns: list[Message], quirks: Quirks
) -> None:
    encode(*turns, quirks=quirks)


@given(st.lists(TURNS, max_size=8), QUIRKS)
def test_a_turn_of_one_text_is_written_as_a_longer_one_is(
    turns: list[Message], quirks: Quirks
) -> None:
    with_blanks = [structs.replace(turn, parts=(*turn.parts, Text(" "))) for turn in turns]
    assert encode(*turns, quirks=quirks)[0] == encode(*with_blanks, quirks=quirks)[0]


def test_a_turn_of_thousands_of_calls_costs_linear_time() -> None:
    ids = [f"t{number}" for number in range(20_000)]
    started = time.perf_counter()
    sent, losses = encode(
        Message("assistant", tuple(ToolCall(call_id, "f", "{}") for call_id in ids)),
        Message("user", tuple(ToolResult(call_id, (Text("1"),)) for call_id in reversed(ids))),
    )
    assert time.perf_counter() - started < 5  # to look for each result anew takes a minute
    assert [turn["tool_call_id"] for turn in sent[1:20_001]] == ids
    assert not losses


ROUND = (
    Message("user", (Text("go"),)),
    Message("assistant", (ToolCall("c1", "f", "{}"),)),
    Message("user", (ToolResult("c1", (Text("done"),)), Text("and now?"))),
)


def test_mistrals_model_speaks_between_a_result_and_the_user() -> None:
    sent, _ = encode(*ROUND, quirks=Quirks(user_after_tool=False))
    assert [turn["role"] for turn in sent] == ["user", "assistant", "tool", "assistant", "user"]
    assert sent[3]["content"]  # Mistral refuses a turn with nothing in it
    sent, _ = encode(*ROUND)
    assert [turn["role"] for turn in sent] == ["user", "assistant", "tool", "user"]


def test_google_gets_a_signature_with_each_call() -> None:
    sent, _ = encode(*ROUND, quirks=Quirks(signs_calls=True))
    (call,) = sent[1]["tool_calls"]  # type: ignore[misc]  # a list, as the validator has checked
    assert call["extra_content"]["google"]["thought_signature"]
    sent, _ = encode(*ROUND)
    assert "extra_content" not in str(sent)


def test_behaviour_12_system_text_stands_in_the_users_turn_where_there_is_no_system_role() -> None:
    sent, losses = encode(
        Message("system", (Text("rule"),)),
        Message("user", (Text("one"),)),
        Message("assistant", (Text("two"),)),
        Message("system", (Text("last"),)),
        quirks=Quirks(system_role=False),
    )
    assert [(turn["role"], turn["content"]) for turn in sent] == [
        ("user", "<system-reminder>\nrule\n</system-reminder>\n\none"),
        ("assistant", "two"),
        ("user", "<system-reminder>\nlast\n</system-reminder>"),
    ]
    assert losses == []
