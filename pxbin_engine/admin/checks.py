"""What every name and address that a person gives must hold; each failure is an ``InvalidInput`` that names the field."""

from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from msgspec import UnsetType

from pxbin_engine.errors import InvalidInput

LONGEST_NAME = 200
LARGEST_NUMBER = 2**31 - 1


def given(**values: Any) -> dict[str, Any]:
    """The values that were given, without those left ``UNSET``."""
    return {key: value for key, value in values.items() if not isinstance(value, UnsetType)}


def a_name(text: str, *, field: str = "name") -> str:
    """``text`` without blanks around it; refused where nothing is left, or where it cannot be shown in one line."""
    clean = text.strip()
    if not clean:
        raise InvalidInput(f"{field} must not be empty.", field=field)
    if len(clean) > LONGEST_NAME:
        raise InvalidInput(f"{field} has more than {LONGEST_NAME} characters.", field=field)
    if not clean.isprintable():
        raise InvalidInput(f"{field} holds characters that cannot be shown.", field=field)
    return clean


def a_number(number: int, *, field: str, least: int) -> int:
    """``number``, from ``least`` to the largest that its column holds."""
    if not least <= number <= LARGEST_NUMBER:
        raise InvalidInput(f"{field} must be from {least} to {LARGEST_NUMBER}.", field=field)
    return number


def a_base_url(text: str, *, objection: Callable[[str], str]) -> str:
    """The address of an upstream, without blanks around it and without a slash at its end.

    ``objection`` says why nothing may be sent to an address (it is pxbin's own, or link-local); an empty text where it may.
    """
    parts = _split(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _bad_url("must start with http:// or https://, then a host.")
    if parts.username is not None or parts.password is not None:
        raise _bad_url("holds credentials; give the key as api_key.")
    if parts.query or parts.fragment:
        raise _bad_url("must end before ? or #.")
    url = urlunsplit((parts.scheme, parts.netloc.lower(), parts.path.rstrip("/"), "", ""))
    if reason := objection(url):
        raise _bad_url(reason)
    return url


def _split(text: str) -> SplitResult:
    if any(character.isspace() for character in text):
        raise _bad_url("holds a blank.")
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is not a number up to 65535
    except ValueError as error:
        raise _bad_url(f"cannot be read: {error}.") from error
    return parts


def _bad_url(reason: str) -> InvalidInput:
    return InvalidInput(f"base_url {reason}", field="base_url")
