"""What of the engine's configuration the page lets a person fill in, and how a text becomes a value. No Qt here."""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "number", "list", "switch"]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting of ``EngineConfig``, as a person sees it."""

    name: str
    label: str
    hint: str = ""
    kind: Kind = "text"


NETWORK = (
    Setting(
        name="listen_addr",
        label="Address and port",
        hint="127.0.0.1 serves this machine alone. 0.0.0.0 lets other machines in, which you are asked about first.",
    ),
    Setting(
        name="allowed_hosts",
        label="Further names under which clients call pxbin",
        hint="Separated by commas, such as pxbin.example.org. IP addresses and localhost need not be named.",
        kind="list",
    ),
    Setting(
        name="cors_origins",
        label="Web pages that may call pxbin",
        hint="Separated by commas, such as https://chat.example.org. Empty: none may.",
        kind="list",
    ),
)
LOG = (
    Setting(
        name="log_retention_days",
        label="Days that requests are kept",
        hint="Sums by hour and day are kept for good.",
        kind="number",
    ),
    Setting(
        name="record_project_directory",
        label="Keep the project directory that a coding agent tells",
        kind="switch",
    ),
)
BODIES = (
    Setting(
        name="log_body_kb",
        label="Kilobytes kept of each body",
        hint="What is longer is cut.",
        kind="number",
    ),
    Setting(name="log_body_retention_days", label="Days that bodies are kept", kind="number"),
)
SETTINGS = {setting.name: setting for setting in (*NETWORK, *LOG, *BODIES)}


def shown(value: Any) -> str:
    """A value as the text that is filled in."""
    return ", ".join(value) if isinstance(value, tuple | list) else str(value)


def parsed(kind: Kind, text: str) -> Any:
    """What was filled in, as a value.

    Raises:
        ValueError: it is none; the message is for the person.
    """
    text = text.strip()
    if kind == "list":
        return tuple(part for part in (one.strip() for one in text.split(",")) if part)
    if kind == "number":
        if not text.isdecimal():
            raise ValueError("Enter a whole number.")
        return int(text)
    return text
