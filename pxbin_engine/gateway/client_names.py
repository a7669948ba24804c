"""Names the program behind a user agent: ``claude-cli/2.1.330 (external, cli)`` is ``Claude Code 2.1.330``."""

import re
from functools import lru_cache

_NAMES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"claude-cli/([\w.-]+)", "Claude Code"),
        (r"claude-code/([\w.-]+)", "Claude Code"),
        (r"codex[\w-]*/([\w.-]+)", "Codex"),
        (r"opencode/([\w.-]+)", "opencode"),
        (r"GeminiCLI[\w-]*/([\w.-]+)", "Gemini CLI"),
        (r"(?:Async)?Anthropic(?:Bedrock|Vertex)?/Python ([\w.-]+)", "Anthropic SDK (Python)"),
        (r"Anthropic/JS ([\w.-]+)", "Anthropic SDK (JS)"),
        (r"(?:Async)?(?:Azure)?OpenAI/Python ([\w.-]+)", "OpenAI SDK (Python)"),
        (r"OpenAI/JS ([\w.-]+)", "OpenAI SDK (JS)"),
        (r"ai-sdk/[\w-]*/?([\w.-]+)", "AI SDK"),
        (r"python-requests/([\w.-]+)", "requests"),
        (r"python-httpx2?/([\w.-]+)", "httpx"),
        (r"aiohttp/([\w.-]+)", "aiohttp"),
    )
)
_VERSION = re.compile(r" v?[0-9][0-9A-Za-z_.+-]*\Z")
_PRODUCT = re.compile(r"\s*([\w.-]{1,40})/([\w.-]{1,40})")


@lru_cache(maxsize=256)
def client_name(user_agent: str) -> str:
    """The program's name with its version; the first product of an unknown user agent; empty for none."""
    for pattern, name in _NAMES:
        if match := pattern.search(user_agent):
            return f"{name} {match[1]}"
    product = _PRODUCT.match(user_agent)
    return f"{product[1]} {product[2]}" if product else user_agent[:60]


def without_version(name: str) -> str:
    """``Claude Code`` of ``Claude Code 2.1.330``; what budgets count a client by (the database has the same rule)."""
    return _VERSION.sub("", name)
