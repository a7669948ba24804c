"""Vendors and local servers that a person need not look up: base URL and format as their own documentation gives them."""

from dataclasses import dataclass

from pxbin_engine.records import UpstreamFormat

CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One choice; ``hint`` says what a person must know to use it."""

    id: str
    name: str
    base_url: str
    format: UpstreamFormat = "openai"
    needs_key: bool = True
    hint: str = ""


PRESETS = (
    Preset(id="openai", name="OpenAI", base_url="https://api.openai.com/v1"),
    Preset(
        id="anthropic",
        name="Anthropic",
        base_url="https://api.anthropic.com",
        format="anthropic",
    ),
    Preset(id="openrouter", name="OpenRouter", base_url="https://openrouter.ai/api/v1"),
    Preset(id="deepseek", name="DeepSeek", base_url="https://api.deepseek.com"),
    Preset(
        id="zai",
        name="Z.ai",
        base_url="https://api.z.ai/api/paas/v4",
        hint="With a Coding Plan: https://api.z.ai/api/coding/paas/v4",
    ),
    Preset(
        id="ollama",
        name="Ollama",
        base_url="http://127.0.0.1:11434/v1",
        needs_key=False,
    ),
    Preset(
        id="lmstudio",
        name="LM Studio",
        base_url="http://127.0.0.1:1234/v1",
        needs_key=False,
    ),
    Preset(
        id="llamacpp",
        name="llama.cpp",
        base_url="http://127.0.0.1:8081/v1",
        needs_key=False,
        hint="llama-server's own port is 8080, which pxbin listens at: start it with --port 8081.",
    ),
    Preset(id="vllm", name="vLLM", base_url="http://127.0.0.1:8000/v1", needs_key=False),
)


def preset(preset_id: str) -> Preset | None:
    """The preset of this id; None for one's own address."""
    return next((one for one in PRESETS if one.id == preset_id), None)


def preset_at(base_url: str) -> str:
    """Which preset's address this is; ``custom`` where it is none's."""
    return next((one.id for one in PRESETS if one.base_url == base_url.rstrip("/")), CUSTOM)
