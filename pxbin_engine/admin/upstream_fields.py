"""What the fields of an upstream must hold; each failure is an ``InvalidInput`` that names the field."""

from typing import get_args

from pxbin_engine.admin.checks import LARGEST_NUMBER, a_name, a_number
from pxbin_engine.errors import InvalidInput
from pxbin_engine.protocol.quirks import PRESETS
from pxbin_engine.records import UpstreamFormat

_LONGEST_LIMIT = 86_400.0
_LONGEST_SECRET = 8000
"""Servers commonly refuse a header line of more than 8 KB."""


def a_format(upstream_format: UpstreamFormat) -> UpstreamFormat:
    """One of the formats that there are."""
    if upstream_format not in get_args(UpstreamFormat):
        raise InvalidInput(
            f"format must be one of {', '.join(get_args(UpstreamFormat))}.", field="format"
        )
    return upstream_format


def a_preset(preset: str | None) -> str | None:
    """The id of a preset, or None for an address of one's own."""
    if preset is not None and all(preset != one.id for one in PRESETS):
        known = ", ".join(one.id for one in PRESETS)
        raise InvalidInput(f"preset must be one of {known}.", field="preset")
    return preset


def a_priority(priority: int) -> int:
    """Any number that the column holds; lower is tried first."""
    return a_number(priority, field="priority", least=-LARGEST_NUMBER)


def a_first_byte_limit(seconds: float | None) -> float | None:
    """Seconds, up to a day; None for the configuration's limit."""
    return _a_time_limit(seconds, field="first_byte_timeout_seconds")


def an_idle_limit(seconds: float | None) -> float | None:
    """As ``a_first_byte_limit``."""
    return _a_time_limit(seconds, field="idle_timeout_seconds")


def _a_time_limit(seconds: float | None, *, field: str) -> float | None:
    if seconds is not None and not 0 < seconds <= _LONGEST_LIMIT:  # NaN is not either
        raise InvalidInput(f"{field} must be above 0, and a day at the most.", field=field)
    return seconds


def a_label(label: str) -> str:
    """What a person calls a key; may be empty."""
    return a_name(label, field="label") if label.strip() else ""


def a_secret(api_key: str | None) -> str | None:
    """The key without what comes along when it is pasted (blanks, a pair of quotes); None where nothing is left."""
    secret = (api_key or "").strip()
    if len(secret) > 1 and secret[0] == secret[-1] and secret[0] in "\"'`":
        secret = secret[1:-1].strip()
    if any(character.isspace() for character in secret):
        raise InvalidInput("The key holds a blank: give the key alone.", field="api_key")
    if any(not "!" <= character <= "~" for character in secret):
        raise InvalidInput(
            "The key holds characters that no HTTP header can carry.", field="api_key"
        )
    if len(secret) > _LONGEST_SECRET:
        raise InvalidInput(f"The key has more than {_LONGEST_SECRET} characters.", field="api_key")
    return secret or None
