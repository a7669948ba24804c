"""Masking: recorded messages without secrets, each replaced by as many asterisks, so that sizes and times stay true.

What is masked:

1. the upstreams' keys and pxbin's own, wherever they stand, also as JSON or a URL escapes them;
2. the values of headers and of parameters of a URL whose names say that they are secret, whatever they are; where such a
   value is long enough to be no word, it is masked in the bodies of the same request, too;
3. the password of a URL.

A key of pxbin keeps what lists show of it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote

from pxbin_engine.gateway.redaction import SHORTEST_SECRET
from pxbin_engine.records import RecordedMessage

Headers = tuple[tuple[str, str], ...]

LONGEST_SECRET = 8192
"""Bytes of a secret that is still found where a body is cut in its middle."""

_OWN_KEY = re.compile(rb"(px[bm]_[0-9a-f]{4})[0-9a-f]{8,}", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"(?:.*[-_.])?(?:authorization|authentication|auth|cookie2?|key|apikey|token|accesstoken|secret|password|passwd"
    r"|credentials?|signature|sig|jwt|assertion)",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?:basic|bearer|digest|negotiate|token) +", re.IGNORECASE)
_PARAMETER = re.compile(r"(?<=[?&])([^=&#\s]+)=([^&#\s]*)")
_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):([^/@\s]+)(?=@)")


def masked(
    messages: Iterable[RecordedMessage], secrets: Iterable[str]
) -> tuple[RecordedMessage, ...]:
    """The messages of one request without ``secrets``, and without what their own headers and URLs say to be one."""
    messages = tuple(messages)
    said = (secret for message in messages for secret in _credentials(message))
    mask = Mask({*secrets, *said})
    return tuple(mask.message(message) for message in messages)


class Mask:
    """Covers a set of secrets; those that are too short to be one are left, for they may stand in any text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spelled = {
            form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)
        }
        self._secrets = sorted(
            spelled, key=len, reverse=True
        )  # one may be the beginning of another

    def body(self, body: bytes) -> bytes:
        """A body of the same length."""
        for secret in self._secrets:
            if secret in body:
                body = body.replace(secret, b"*" * len(secret))
        lowered = body.lower()
        if (
            b"pxb_" in lowered or b"pxm_" in lowered
        ):  # searching for the pattern takes many times as long
            body = _OWN_KEY.sub(_keep_prefix, body)
        return body

    def text(self, text: str) -> str:
        """A text; what is no UTF-8 in it is replaced."""
        raw = text.encode("utf-8", "surrogateescape")
        return self.body(raw).decode("utf-8", "replace")

    def url(self, url: str) -> str:
        """A URL, or a text that may hold some."""
        return self.text(_PASSWORD.sub(_hide_password, _PARAMETER.sub(_hide_parameter, url)))

    def headers(self, headers: Headers) -> Headers:
        """Headers; those whose names say that they are secret keep no more than their scheme."""
        return tuple((self.text(name), self._header(name, value)) for name, value in headers)

    def message(self, message: RecordedMessage) -> RecordedMessage:
        """A whole message."""
        return RecordedMessage(
            side=message.side,
            attempt=message.attempt,
            method=self.text(message.method),
            url=self.url(message.url),
            status=message.status,
            headers=self.headers(message.headers),
            body=self.body(message.body),
            size=message.size,
            cut=message.cut,
            reads=message.reads,
        )

    def _header(self, name: str, value: str) -> str:
        if not _SECRET_NAME.fullmatch(name):
            return self.url(value)
        scheme, secret = _split_scheme(value)
        return scheme + (self.text(secret) if _is_own_key(secret) else "*" * len(secret))


def _credentials(message: RecordedMessage) -> Iterator[str]:
    """What the message itself says to be secret, but for keys of pxbin, which are known by their form."""
    given = [(name, _split_scheme(value)[1]) for name, value in message.headers]
    given += [(unquote(name), unquote(value)) for name, value in _PARAMETER.findall(message.url)]
    return (
        value for name, value in given if _SECRET_NAME.fullmatch(name) and not _is_own_key(value)
    )


def _forms(secret: str) -> set[bytes]:
    """As it may stand in a body: plain, in JSON, in a URL. A header's bytes that are no UTF-8 are surrogates in it."""
    in_json = json.dumps(secret, ensure_ascii=False)[1:-1]
    forms = {
        secret,
        in_json,
        in_json.replace("/", "\\/"),
        json.dumps(secret)[1:-1],
        quote(secret, safe="", errors="surrogateescape"),
    }
    return {form.encode("utf-8", "surrogateescape") for form in forms}


def _is_own_key(text: str) -> bool:
    return _OWN_KEY.fullmatch(text.encode("utf-8", "surrogateescape")) is not None


def _split_scheme(value: str) -> tuple[str, str]:
    scheme = _SCHEME.match(value)
    return (scheme[0], value[scheme.end() :]) if scheme else ("", value)


def _keep_prefix(match: re.Match[bytes]) -> bytes:
    return match[1] + b"*" * (len(match[0]) - len(match[1]))


def _hide_parameter(match: re.Match[str]) -> str:
    name, value = match.groups()
    return f"{name}={'*' * len(value) if _SECRET_NAME.fullmatch(unquote(name)) else value}"


def _hide_password(match: re.Match[str]) -> str:
    return f"{match[1]}:{'*' * len(match[2])}"
