"""Servers that people run themselves, at any address: only a chosen preset says which program answers there."""

from pxbin_engine.protocol.quirks.fields import Quirks
from pxbin_engine.protocol.quirks.openai_models import LOW_TO_HIGH
from pxbin_engine.protocol.quirks.vendor import Vendor
from pxbin_engine.records import Preset

_ANY = r""

OLLAMA = Vendor(
    presets=(
        Preset(
            id="ollama",
            name="Ollama",
            base_url="http://127.0.0.1:11434/v1",
            any_host=True,
            needs_key=False,
            source="https://docs.ollama.com/api/openai-compatibility",
        ),
        Preset(
            id="ollama-anthropic",
            name="Ollama (Anthropic API)",
            base_url="http://127.0.0.1:11434",
            format="anthropic",
            any_host=True,
            needs_key=False,
            source="https://docs.ollama.com/api/anthropic-compatibility",
        ),
    ),
    # That page: reasoning_effort "high", "medium", "low", "none"; a model that cannot think answers with an error, which
    # is learned. It lists no parallel_tool_calls, tool_choice or user; unknown fields are ignored.
    rules=((_ANY, Quirks(efforts=("none", *LOW_TO_HIGH), think_tags=True)),),
)

LM_STUDIO = Vendor(
    presets=(
        Preset(
            id="lmstudio",
            name="LM Studio",
            base_url="http://127.0.0.1:1234/v1",
            any_host=True,
            needs_key=False,
            source="https://lmstudio.ai/docs/developer/openai-compat/chat-completions",
        ),
        Preset(
            id="lmstudio-responses",
            name="LM Studio (Responses)",
            base_url="http://127.0.0.1:1234/v1",
            format="openai-responses",
            any_host=True,
            needs_key=False,
            source="https://lmstudio.ai/docs/developer/openai-compat/responses",
        ),
        Preset(
            id="lmstudio-anthropic",
            name="LM Studio (Anthropic API)",
            base_url="http://127.0.0.1:1234",
            format="anthropic",
            any_host=True,
            needs_key=False,
            source="https://lmstudio.ai/docs/developer/anthropic-compat/messages",
        ),
    ),
    # The page lists top_k; whether thinking stands apart is a setting of the app, so tags are read, too. Its
    # /v1/messages takes the client's own tools alone (lmstudio.ai/docs/api/rest-api).
    rules=((_ANY, Quirks(top_k=True, think_tags=True, server_tools=False)),),
)

LLAMA_CPP = Vendor(
    presets=(
        Preset(
            id="llamacpp",
            name="llama.cpp",
            base_url="http://127.0.0.1:8081/v1",
            any_host=True,
            needs_key=False,
            hint="llama-server's own port is 8080, which pxbin listens at: start it with --port 8081.",
            source="https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        ),
    ),
    # The README: reasoning_content is read and written (--reasoning-format), chat_template_kwargs and top_k are taken.
    # Tags stay in the text with --reasoning-format none. It runs no tools. Its counting calls: see gateway.tokenizing.
    rules=(
        (
            _ANY,
            Quirks(
                top_k=True,
                server_tools=False,
                thinking_switch="chat_template_kwargs",
                reasoning_replay="reasoning_content",
                think_tags=True,
                tokenizer="llama.cpp",
            ),
        ),
    ),
)

VLLM = Vendor(
    presets=(
        Preset(
            id="vllm",
            name="vLLM",
            base_url="http://127.0.0.1:8000/v1",
            any_host=True,
            needs_key=False,
            source="https://docs.vllm.ai/en/stable/serving/openai_compatible_server/",
        ),
    ),
    # docs.vllm.ai: "Reasoning Outputs" (`reasoning`, once `reasoning_content`; enable_thinking in
    # chat_template_kwargs), "Interleaved Thinking" (`reasoning` back), "Extra parameters" (top_k). Without
    # --reasoning-parser the tags stay in the text. Levels are read for gpt-oss alone and ignored by other models.
    # /tokenize is always served (see gateway.tokenizing).
    # Anthropic's tools run on Anthropic's servers, not in vLLM (docs.getbifrost.ai, "vLLM", "Server tool support").
    rules=(
        (
            r"gpt-oss",
            Quirks(
                top_k=True,
                efforts=LOW_TO_HIGH,
                reasoning_replay="reasoning",
                server_tools=False,
                tokenizer="vllm",
            ),
        ),
        (
            _ANY,
            Quirks(
                top_k=True,
                server_tools=False,
                thinking_switch="chat_template_kwargs",
                reasoning_replay="reasoning",
                think_tags=True,
                tokenizer="vllm",
            ),
        ),
    ),
)

SELF_HOSTED = (OLLAMA, LM_STUDIO, LLAMA_CPP, VLLM)
