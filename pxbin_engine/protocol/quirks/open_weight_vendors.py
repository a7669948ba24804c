"""Vendors of open-weight models, all of which think aloud: DeepSeek, Moonshot (Kimi), Z.ai (GLM), Alibaba (Qwen).

Each has an OpenAI-compatible and an Anthropic-compatible endpoint, which takes the same key.

Known from guides and public clients, and not read on the vendor's own page: Moonshot's Anthropic
address, the coding addresses of Z.ai and Zhipu. Not confirmed at all: Zhipu's Anthropic address.
"""

from msgspec import structs

from pxbin_engine.protocol.quirks.fields import Quirks
from pxbin_engine.protocol.quirks.vendor import Vendor
from pxbin_engine.protocol.request import Effort
from pxbin_engine.records import Preset

_ANY = r""
_EVERY_EFFORT: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_BEARER = Quirks(auth_header="authorization")
_THINKS_BACK = structs.replace(
    _BEARER, thinking_switch="thinking", reasoning_replay="reasoning_content"
)

_DEEPSEEK = Quirks(
    thinking_switch="thinking",
    reasoning_replay="reasoning_content",
    efforts=_EVERY_EFFORT[1:],
)

DEEPSEEK = Vendor(
    hosts=("api.deepseek.com",),
    presets=(
        Preset(
            id="deepseek",
            name="DeepSeek",
            base_url="https://api.deepseek.com",
            source="https://api-docs.deepseek.com/",
        ),
        Preset(
            id="deepseek-anthropic",
            name="DeepSeek (Anthropic API)",
            base_url="https://api.deepseek.com/anthropic",
            format="anthropic",
            models_url="https://api.deepseek.com",
            source="https://api-docs.deepseek.com/guides/anthropic_api",
        ),
    ),
    # api-docs.deepseek.com/guides/thinking_mode: any effort is taken and mapped there; a turn that called tools must
    # bring its reasoning_content back, elsewhere it is ignored; no error for temperature.
    # Pictures: quick_start/pricing gives "Vision" to deepseek-flash alone, under its old names too; the others answer
    # "unknown variant `image_url`, expected `text`".
    rules=(
        (r"deepseek-(?:v\d[\w.]*-)?flash", _DEEPSEEK),
        (_ANY, structs.replace(_DEEPSEEK, text_only=True)),
    ),
)

MOONSHOT = Vendor(
    hosts=("api.moonshot.ai", "api.moonshot.cn"),
    presets=tuple(
        preset
        for key, name, host in (
            ("moonshot", "Kimi", "https://api.moonshot.ai"),
            ("moonshot-cn", "Kimi China", "https://api.moonshot.cn"),
        )
        for preset in (
            Preset(
                id=key,
                name=name,
                base_url=f"{host}/v1",
                source="https://platform.kimi.ai/docs/api/chat",
            ),
            Preset(
                id=f"{key}-anthropic",
                name=f"{name} (Anthropic API)",
                base_url=f"{host}/anthropic",
                format="anthropic",
                models_url=f"{host}/v1",
                source="https://platform.kimi.ai/docs/guide/agent-support",
            ),
        )
    ),
    # platform.kimi.ai/docs/api/models-overview: temperature ends at 1, and from K2.5 on it, top_p and the penalties
    # "cannot be modified"; K2.5 to K2.9 take `thinking`, K3 always thinks. A turn with calls must bring its
    # reasoning_content back ("thinking is enabled but reasoning_content is missing in assistant tool call message").
    rules=(
        (
            r"kimi-k2\.[5-9]",
            structs.replace(_THINKS_BACK, sampling=False, penalties=False, highest_temperature=1.0),
        ),
        (
            r"kimi-(?:k[3-9]|for-coding)",
            structs.replace(
                _BEARER, reasoning_replay="reasoning_content", sampling=False, penalties=False
            ),
        ),
        (
            r"kimi-k2-thinking",
            structs.replace(_BEARER, reasoning_replay="reasoning_content", highest_temperature=1.0),
        ),
        (_ANY, structs.replace(_BEARER, highest_temperature=1.0)),
    ),
)

_GLM = structs.replace(_THINKS_BACK, highest_temperature=1.0)

ZAI = Vendor(
    hosts=("api.z.ai", "open.bigmodel.cn"),
    presets=tuple(
        preset
        for key, name, host, documentation in (
            ("zai", "Z.ai", "https://api.z.ai/api", "https://docs.z.ai"),
            (
                "bigmodel",
                "Zhipu",
                "https://open.bigmodel.cn/api",
                "https://docs.bigmodel.cn/cn",
            ),
        )
        for preset in (
            Preset(
                id=key,
                name=name,
                base_url=f"{host}/paas/v4",
                hint="With a Coding Plan, choose the preset of that name.",
                source=f"{documentation}/api-reference/llm/chat-completion",
            ),
            Preset(
                id=f"{key}-coding",
                name=f"{name} (Coding Plan)",
                base_url=f"{host}/coding/paas/v4",
                source=f"{documentation}/devpack/tool/others",
            ),
            Preset(
                id=f"{key}-anthropic",
                name=f"{name} (Anthropic API)",
                base_url=f"{host}/anthropic",
                format="anthropic",
                models_url=f"{host}/paas/v4",
                source=f"{documentation}/devpack/tool/claude",
            ),
        )
    ),
    # docs.z.ai: "Thinking Mode" (switch, and reasoning_content back between tool calls), "Chat Completion" (temperature
    # from 0 to 1). reasoning_effort from GLM-5.2 on: by resellers' pages of it (docs.empiriolabs.ai), not Z.ai's own.
    rules=(
        (r"glm-(?:5\.[2-9]|[6-9])", structs.replace(_GLM, efforts=_EVERY_EFFORT)),
        (_ANY, _GLM),
    ),
)

QWEN = Vendor(
    hosts=("dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com"),
    presets=tuple(
        preset
        for key, name, host in (
            ("qwen", "Qwen", "https://dashscope-intl.aliyuncs.com"),
            ("qwen-cn", "Qwen China", "https://dashscope.aliyuncs.com"),
        )
        for preset in (
            Preset(
                id=key,
                name=name,
                base_url=f"{host}/compatible-mode/v1",
                source="https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-openai-chat-completions",
            ),
            Preset(
                id=f"{key}-anthropic",
                name=f"{name} (Anthropic API)",
                base_url=f"{host}/apps/anthropic",
                format="anthropic",
                models_url=f"{host}/compatible-mode/v1",
                source="https://www.alibabacloud.com/help/en/model-studio/anthropic-api-messages",
            ),
        )
    ),
    # alibabacloud.com/help/en/model-studio/deep-thinking: `enable_thinking` and `thinking_budget`, for the hybrid models
    # alone; top_k is taken (docs.qwencloud.com/api-reference/chat/openai-chat).
    rules=(
        (r"qwen3-coder|qwq|qvq|.*-(?:instruct|thinking)(?:-|$)", Quirks(top_k=True)),
        (r"qwen", Quirks(top_k=True, thinking_switch="enable_thinking")),
        (_ANY, Quirks(top_k=True)),
    ),
)
