"""Vendors' own hosts: where each is reached, and what it does otherwise, as its documentation or its errors say.

A claim that rests on less than the vendor's own page names what it rests on.
"""

from msgspec import structs

from pxbin_engine.protocol.quirks.fields import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.quirks.open_weight_vendors import DEEPSEEK, MOONSHOT, QWEN, ZAI
from pxbin_engine.protocol.quirks.openai_models import LOW_TO_HIGH, OPENAI_MODELS
from pxbin_engine.protocol.quirks.vendor import Vendor
from pxbin_engine.protocol.request import Effort
from pxbin_engine.records import Preset

_ANY = r""
_EVERY_EFFORT: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
OPENAI = Vendor(
    hosts=("api.openai.com",),
    presets=(
        Preset(
            id="openai",
            name="OpenAI",
            base_url="https://api.openai.com/v1",
            source="https://platform.openai.com/docs/api-reference/chat",
        ),
        Preset(
            id="openai-responses",
            name="OpenAI (Responses)",
            base_url="https://api.openai.com/v1",
            format="openai-responses",
            source="https://platform.openai.com/docs/api-reference/responses",
        ),
    ),
    rules=tuple(
        (
            pattern,
            structs.replace(quirks, documents=True, prompt_cache_key=True, service_tier=True),
        )
        for pattern, quirks in (*OPENAI_MODELS, (_ANY, DEFAULT_QUIRKS))
    ),
)

ANTHROPIC = Vendor(
    hosts=("api.anthropic.com",),
    presets=(
        Preset(
            id="anthropic",
            name="Anthropic",
            base_url="https://api.anthropic.com",
            format="anthropic",
            source="https://platform.claude.com/docs/en/api/messages",
        ),
    ),
)

GOOGLE = Vendor(
    hosts=("generativelanguage.googleapis.com",),
    presets=(
        Preset(
            id="gemini",
            name="Google Gemini",
            base_url="https://generativelanguage.googleapis.com",
            format="gemini",
            source="https://ai.google.dev/api/generate-content",
        ),
        Preset(
            id="gemini-openai",
            name="Google Gemini (OpenAI API)",
            base_url="https://generativelanguage.googleapis.com/v1beta/openai",
            source="https://ai.google.dev/gemini-api/docs/openai",
        ),
    ),
    # The OpenAI endpoint refuses fields that it does not know ("Unknown name ...: Cannot find field") and wants the
    # signature of each call back (ai.google.dev/gemini-api/docs/thought-signatures). "none" is taken by 2.5 Flash alone.
    rules=(
        (
            r"gemini-2\.5-flash",
            Quirks(efforts=("none", "minimal", *LOW_TO_HIGH), user=False, signs_calls=True),
        ),
        (_ANY, Quirks(efforts=("minimal", *LOW_TO_HIGH), user=False, signs_calls=True)),
    ),
)

AZURE = Vendor(
    hosts=("openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"),
    presets=(
        Preset(
            id="azure",
            name="Azure OpenAI",
            base_url="https://YOUR-RESOURCE.openai.azure.com/openai/v1",
            any_host=True,
            hint="Put your resource’s name in. Models are named by their deployments; the v1 API needs no api-version.",
            source="https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle",
        ),
        Preset(
            id="azure-responses",
            name="Azure OpenAI (Responses)",
            base_url="https://YOUR-RESOURCE.openai.azure.com/openai/v1",
            format="openai-responses",
            any_host=True,
            hint="Put your resource’s name in. Models are named by their deployments; the v1 API needs no api-version.",
            source="https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses",
        ),
    ),
    # learn.microsoft.com/azure/ai-services/openai/reference, "Authentication": a key stands in `api-key`.
    rules=tuple(
        (pattern, structs.replace(quirks, auth_header="api-key"))
        for pattern, quirks in (*OPENAI_MODELS, (_ANY, DEFAULT_QUIRKS))
    ),
)

OPENROUTER = Vendor(
    hosts=("openrouter.ai",),
    presets=(
        Preset(
            id="openrouter",
            name="OpenRouter",
            base_url="https://openrouter.ai/api/v1",
            source="https://openrouter.ai/docs/api-reference/overview",
        ),
        Preset(
            id="openrouter-anthropic",
            name="OpenRouter (Anthropic API)",
            base_url="https://openrouter.ai/api",
            format="anthropic",
            source="https://openrouter.ai/docs/guides/guides/claude-code-integration",
        ),
    ),
    # openrouter.ai/docs: "Reasoning Tokens" (the object `reasoning`, and `reasoning` back), "Prompt Caching", "PDF
    # Inputs", "Web Search Server Tool"; what a model does not take, OpenRouter leaves out by itself.
    rules=(
        (
            _ANY,
            Quirks(
                auth_header="authorization",
                top_k=True,
                efforts=_EVERY_EFFORT,
                thinking_switch="reasoning",
                web_search="server_tool",
                reasoning_replay="reasoning",
                documents=True,
                cache_control=True,
            ),
        ),
    ),
)

GROQ = Vendor(
    hosts=("api.groq.com",),
    presets=(
        Preset(
            id="groq",
            name="Groq",
            base_url="https://api.groq.com/openai/v1",
            source="https://console.groq.com/docs/openai",
        ),
    ),
    # console.groq.com/docs/reasoning: levels for gpt-oss alone; Qwen's thinking stands in <think> tags unless tools are
    # used. "property 'reasoning_content' is unsupported": no thinking back.
    rules=(
        (r"gpt-oss", Quirks(efforts=LOW_TO_HIGH)),
        (r"qwen|deepseek-r1", Quirks(think_tags=True)),
        (_ANY, DEFAULT_QUIRKS),
    ),
)

_MISTRAL = Quirks(
    stream_options=False,
    user=False,
    nine_character_call_ids=True,
    user_after_tool=False,
    seed_field="random_seed",
)

MISTRAL = Vendor(
    hosts=("api.mistral.ai",),
    presets=(
        Preset(
            id="mistral",
            name="Mistral",
            base_url="https://api.mistral.ai/v1",
            source="https://docs.mistral.ai/api/endpoint/chat",
        ),
    ),
    # docs.mistral.ai/api (`random_seed`), "Reasoning" (which models know levels). By its refusals: "extra_forbidden" for
    # fields that it does not know, reasoning_content among them; "Unexpected role 'user' after role 'tool'"; "Tool call
    # id ... must be a-z, A-Z, 0-9, with a length of 9".
    rules=(
        (
            r"mistral-(?:small|medium)-(?:latest|3-5|26\d\d)",
            structs.replace(_MISTRAL, efforts=("none", "high")),
        ),
        (r"mistral-large-4", structs.replace(_MISTRAL, efforts=LOW_TO_HIGH)),
        (_ANY, _MISTRAL),
    ),
)

XAI = Vendor(
    hosts=("api.x.ai",),
    presets=(
        Preset(
            id="xai",
            name="xAI",
            base_url="https://api.x.ai/v1",
            source="https://docs.x.ai/docs/api-reference",
        ),
        Preset(
            id="xai-responses",
            name="xAI (Responses)",
            base_url="https://api.x.ai/v1",
            format="openai-responses",
            source="https://docs.x.ai/docs/guides/responses-api",
        ),
    ),
    # docs.x.ai, "Reasoning": which models know levels; reasoning models refuse `stop` and the penalties. 4.5 and later:
    # levels by reports of that page's later text (github.com/anomalyco/opencode/issues/39448).
    rules=(
        (
            r"grok-3-mini",
            Quirks(efforts=("low", "high"), max_stop_sequences=0, penalties=False),
        ),
        (
            r"grok-4\.3",
            Quirks(efforts=("none", *LOW_TO_HIGH), max_stop_sequences=0, penalties=False),
        ),
        (
            r"grok-4\.5",
            Quirks(efforts=LOW_TO_HIGH, max_stop_sequences=0, penalties=False),
        ),
        (
            r"grok-(?:4\.[6-9]|[5-9])",
            Quirks(efforts=(*LOW_TO_HIGH, "xhigh"), max_stop_sequences=0, penalties=False),
        ),
        (r".*non-reasoning", DEFAULT_QUIRKS),
        (r"grok-(?:4|code|build)", Quirks(max_stop_sequences=0, penalties=False)),
        (_ANY, DEFAULT_QUIRKS),
    ),
)

VENDORS = (
    OPENAI,
    ANTHROPIC,
    GOOGLE,
    OPENROUTER,
    DEEPSEEK,
    MOONSHOT,
    ZAI,
    QWEN,
    GROQ,
    MISTRAL,
    XAI,
    AZURE,
)
"""In the order in which a person is offered them."""
