"""Failures as values: what each way in which a target can fail means for the client; pure."""

import msgspec

from pxbin_engine.errors import (
    UpstreamDisconnected,
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from pxbin_engine.gateway.fallback import Failure, FailureKind
from pxbin_engine.gateway.routing import Target
from pxbin_engine.protocol.error import ApiError, ErrorKind

_BY_EXCEPTION: tuple[tuple[type[UpstreamError], FailureKind, ErrorKind, int], ...] = (
    (UpstreamUnreachable, "unreachable", "api", 502),
    (UpstreamTimeout, "timeout", "timeout", 504),
    (UpstreamDisconnected, "disconnected", "api", 502),
    # 403 and not 5xx: clients repeat a 5xx for minutes, and only a person can mend this.
    (UpstreamMisconfigured, "misconfigured", "permission", 403),
    (UpstreamError, "bad_answer", "api", 502),
)


def from_exception(target: Target, error: UpstreamError) -> Failure:
    """There was no answer, or it broke off."""
    for exception, kind, api_kind, status in _BY_EXCEPTION:
        if isinstance(error, exception):
            message = f"Upstream {target.upstream.name!r}: {error.message}"
            return Failure(kind, ApiError(api_kind, status, message))
    raise error


def from_answer(target: Target, status: int, error: ApiError, body: bytes | None = None) -> Failure:
    """The upstream answered with an error.

    Its 401 or 403 is about its own key, which no client can mend; a client 401 would make Claude Code repeat without
    end, so it becomes a 403 that names the upstream.
    """
    if status in {401, 403}:
        message = f"Upstream {target.upstream.name!r} refused pxbin's key for it ({status}): {error.message}"
        return Failure(
            "answer", ApiError("permission", 403, message, request_id=error.request_id), status
        )
    return Failure("answer", error, status, body)


def redirected(target: Target, status: int, location: str) -> Failure:
    """The upstream answered with a redirect, which is never followed."""
    message = f"Upstream {target.upstream.name!r} redirects ({status}) to {location or 'nowhere'}: correct its address."
    return Failure("answer", ApiError("api", 502, message), status)


def bad_answer(target: Target, reason: str) -> Failure:
    """The upstream answered with a success that is none."""
    message = f"Upstream {target.upstream.name!r} gave no usable answer: {reason}"
    return Failure("bad_answer", ApiError("api", 502, message), 200)


def key_unreadable(target: Target, reason: str) -> Failure:
    """The upstream's key is there but cannot be read, so nothing is sent."""
    return from_exception(target, UpstreamMisconfigured(f"its key cannot be read. {reason}"))


def circuit_open(target: Target, reason: str, retry_after: float) -> Failure:
    """The upstream failed so often that it is left alone for a while."""
    message = f"Upstream {target.upstream.name!r} is left alone after repeated failures. The last one: {reason}"
    return Failure("circuit_open", ApiError("overloaded", 503, message, retry_after=retry_after))


def goes_verbatim(failure: Failure) -> bool:
    """Whether a client of the same dialect gets the upstream's own bytes: it matches their wording to recover.

    An overflow that is not in the words that clients know is put into them instead.
    """
    if failure.body is None or failure.status != failure.error.status:
        return False
    if failure.error.kind == "context_overflow" and not _known_overflow(failure.body):
        return False
    try:
        return isinstance(msgspec.json.decode(failure.body), dict)
    except msgspec.DecodeError:
        return False


def _known_overflow(body: bytes) -> bool:
    return b"prompt is too long" in body or b"exceed context limit" in body
