"""The vendors' own Python SDKs through pxbin, streaming and not, on upstreams of both formats."""

from collections.abc import AsyncIterator

import anthropic
import openai
import pytest
import pytest_asyncio

from tests.support.engine_process import EngineProcess, running_engine
from tests.support.upstream import (
    FakeUpstream,
    anthropic_message,
    anthropic_stream,
    openai_completion,
    openai_error,
    openai_stream,
)

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


class Setup:
    """An engine with one upstream of each format, and the clients of both vendors."""

    def __init__(
        self, engine: EngineProcess, key: str, chat: FakeUpstream, messages: FakeUpstream
    ) -> None:
        self.engine, self.chat, self.messages = engine, chat, messages
        self.anthropic = anthropic.AsyncAnthropic(
            base_url=engine.base_url, api_key=key, max_retries=0
        )
        self.openai = openai.AsyncOpenAI(
            base_url=f"{engine.base_url}/v1", api_key=key, max_retries=0
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def setup(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Setup]:
    async with (
        FakeUpstream() as chat,
        FakeUpstream() as messages,
        running_engine(tmp_path_factory.mktemp("data")) as engine,
    ):
        await engine.add_model("gpt-4o", await engine.add_upstream("chat", chat.url))
        await engine.add_model(
            "claude", await engine.add_upstream("messages", messages.url, kind="anthropic")
        )
        setup = Setup(engine, await engine.add_key(), chat, messages)
        yield setup
        await setup.anthropic.close()
        await setup.openai.close()


ASK = [{"role": "user", "content": "Hi"}]


async def test_anthropic_sdk_on_an_openai_upstream(setup: Setup) -> None:
    setup.chat.script(openai_completion("Hello."))
    message = await setup.anthropic.messages.create(model="gpt-4o", max_tokens=50, messages=ASK)
    assert message.content[0].text == "Hello."
    assert (message.stop_reason, message.usage.input_tokens, message.usage.output_tokens) == (
        "end_turn",
        12,
        7,
    )


async def test_anthropic_sdk_streams_from_an_openai_upstream(setup: Setup) -> None:
    setup.chat.script(openai_stream("Hel", "lo."))
    async with setup.anthropic.messages.stream(
        model="gpt-4o", max_tokens=50, messages=ASK
    ) as stream:
        texts = [text async for text in stream.text_stream]
        final = await stream.get_final_message()
    assert "".join(texts) == "Hello."
    assert final.usage.output_tokens == 7


async def test_anthropic_sdk_on_an_anthropic_upstream(setup: Setup) -> None:
    setup.messages.script(anthropic_message("Verbatim."), anthropic_stream("Ver", "batim."))
    message = await setup.anthropic.messages.create(model="claude", max_tokens=50, messages=ASK)
    assert (message.id, message.content[0].text) == ("msg_upstream", "Verbatim.")
    async with setup.anthropic.messages.stream(
        model="claude", max_tokens=50, messages=ASK
    ) as stream:
        assert await stream.get_final_text() == "Verbatim."


async def test_openai_sdk_on_an_openai_upstream(setup: Setup) -> None:
    setup.chat.script(openai_completion("Hello."), openai_stream("Hel", "lo."))
    answer = await setup.openai.chat.completions.create(model="gpt-4o", messages=ASK)
    assert answer.choices[0].message.content == "Hello."
    stream = await setup.openai.chat.completions.create(model="gpt-4o", messages=ASK, stream=True)
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello."
    assert all(chunk.usage is None for chunk in chunks), "it did not ask for usage"


async def test_openai_sdk_on_an_anthropic_upstream(setup: Setup) -> None:
    setup.messages.script(anthropic_message("From Claude."), anthropic_stream("From ", "Claude."))
    answer = await setup.openai.chat.completions.create(model="claude", messages=ASK, max_tokens=50)
    assert answer.choices[0].message.content == "From Claude."
    asked = {"stream": True, "stream_options": {"include_usage": True}}
    stream = await setup.openai.chat.completions.create(
        model="claude", messages=ASK, max_tokens=50, **asked
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "From Claude."
    assert chunks[-1].usage.completion_tokens == 7


async def test_both_sdks_list_models(setup: Setup) -> None:
    offered = {model.id async for model in setup.anthropic.models.list()}
    assert offered == {"gpt-4o", "claude-gpt-4o", "claude"}
    assert {model.id async for model in setup.openai.models.list()} == {"gpt-4o", "claude"}


async def test_errors_are_the_sdks_own(setup: Setup) -> None:
    setup.chat.always = openai_error(400, "max_tokens is too large")
    with pytest.raises(anthropic.BadRequestError, match="max_tokens is too large"):
        await setup.anthropic.messages.create(model="gpt-4o", max_tokens=50, messages=ASK)
    with pytest.raises(openai.BadRequestError, match="max_tokens is too large"):
        await setup.openai.chat.completions.create(model="gpt-4o", messages=ASK)
    with pytest.raises(anthropic.NotFoundError, match="gpt-4o"):
        await setup.anthropic.messages.create(model="nobody", max_tokens=50, messages=ASK)
    with pytest.raises(openai.NotFoundError, match="gpt-4o"):
        await setup.openai.chat.completions.create(model="nobody", messages=ASK)
    stranger = anthropic.AsyncAnthropic(
        base_url=setup.engine.base_url, api_key="pxb_wrong", max_retries=0
    )
    with pytest.raises(anthropic.AuthenticationError):
        await stranger.messages.create(model="gpt-4o", max_tokens=50, messages=ASK)
    await stranger.close()


async def test_count_tokens(setup: Setup) -> None:
    counted = await setup.anthropic.messages.count_tokens(
        model="gpt-4o", messages=[{"role": "user", "content": "word " * 100}]
    )
    assert 60 < counted.input_tokens < 200
