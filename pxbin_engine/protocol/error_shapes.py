"""What an error object of any shape says: OpenAI's, FastAPI's, Mistral's, Google's, a bare text, an HTML page."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from pxbin_engine.protocol.overflow import Overflow

_TITLE = re.compile(r"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
_HTTP_STATUS = re.compile(r"[45]\d\d\Z")
_LONGEST_TEXT = 2000


class ErrorShape(Struct):
    """What was found in an error.

    Attributes:
        message: for a person; empty where there was none.
        codes: the vendor's names for it, the most telling first; never an HTTP status.
        status: the HTTP status that the object itself names.
        retry_after: seconds.
        counts: llama.cpp's own fields for a prompt that is too long.
    """

    message: str = ""
    codes: tuple[str, ...] = ()
    param: str | None = None
    status: int | None = None
    retry_after: float | None = None
    counts: Overflow | None = None


def read_error_body(body: bytes) -> ErrorShape:
    """What the body of an answer with a status of 400 and up says; never raises."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ErrorShape(_plain(body))
    return read_error(value)


def _plain(body: bytes) -> str:
    """The text of a body that is no JSON: an HTML page's title, or its first words."""
    text = body.decode(errors="replace").strip()
    if found := _TITLE.search(text):
        return " ".join(found[1].split())
    return "" if text.startswith("<") else text[:_LONGEST_TEXT]


def read_error(value: Any) -> ErrorShape:
    """What an error object says, whatever its shape; never raises."""
    try:
        return _read(value)
    except RecursionError:
        return ErrorShape()


def _read(value: Any) -> ErrorShape:
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return ErrorShape(_text(value))
    inner = value.get("error")
    if isinstance(inner, dict | list):
        said = _read(inner)
        said.message = said.message or _text(value.get("message"))
        return said
    names = [value.get("code"), value.get("type"), value.get("status"), *_google_reasons(value)]
    codes = [str(name) for name in names if isinstance(name, str | int) and name != "error"]
    return ErrorShape(
        message=_first_text(
            inner, value, "message", "detail", "msg", "errors", "error_description"
        ),
        codes=tuple(code for code in codes if not _HTTP_STATUS.match(code)),
        param=value["param"] if isinstance(value.get("param"), str) else None,
        status=_http_status(value),
        retry_after=_google_delay(value),
        counts=_llama_cpp_counts(value),
    )


def _first_text(inner: object, value: dict[str, Any], *names: str) -> str:
    """OpenRouter keeps the real text of the provider behind it in ``metadata.raw``."""
    texts = [_text(inner), *(_text(value.get(name)) for name in names)]
    message = next((text for text in texts if text), "")
    metadata = value.get("metadata")
    raw = _text(metadata.get("raw")) if isinstance(metadata, dict) else ""
    return f"{message}: {raw}" if raw and raw not in message else message


def _text(value: object) -> str:
    """A readable text of a string, of FastAPI's list of ``{"loc", "msg"}``, or of an object with such inside."""
    if isinstance(value, str):
        return value[:_LONGEST_TEXT].strip()
    if isinstance(value, list):
        return "; ".join(text for item in value if (text := _text(item)))[:_LONGEST_TEXT]
    if isinstance(value, dict):
        place = (
            ".".join(str(step) for step in value["loc"])
            if isinstance(value.get("loc"), list)
            else ""
        )
        said = next(
            (text for name in ("msg", "message", "detail") if (text := _text(value.get(name)))), ""
        )
        return f"{place}: {said}" if place and said else said
    return ""


def _http_status(value: dict[str, Any]) -> int | None:
    """The status that an error object names itself: OpenRouter, llama.cpp and Google put it into ``code``."""
    for name in ("code", "status", "status_code"):
        status = value.get(name)
        if isinstance(status, str) and status.isdigit():
            status = int(status)
        if isinstance(status, int) and 400 <= status < 600:
            return status
    return None


def _details(value: dict[str, Any]) -> list[dict[str, Any]]:
    details = value.get("details")
    return [item for item in details if isinstance(item, dict)] if isinstance(details, list) else []


def _google_reasons(value: dict[str, Any]) -> list[str]:
    return [item["reason"] for item in _details(value) if isinstance(item.get("reason"), str)]


def _google_delay(value: dict[str, Any]) -> float | None:
    """``google.rpc.RetryInfo``: ``"retryDelay": "34.5s"``."""
    for item in _details(value):
        delay = item.get("retryDelay")
        if isinstance(delay, str) and delay.endswith("s"):
            return seconds_of(delay[:-1])
    return None


def _llama_cpp_counts(value: dict[str, Any]) -> Overflow | None:
    tokens, maximum = value.get("n_prompt_tokens"), value.get("n_ctx")
    return (
        Overflow(tokens, maximum) if isinstance(tokens, int) and isinstance(maximum, int) else None
    )


def seconds_of(text: str) -> float | None:
    """A number of seconds; None where the text is none that makes sense."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e9 else None
