"""Failures as values: what each way in which a target can fail means for the client; pure."""

from collections.abc import Container

from msgspec.structs import replace

from pxbin_engine.errors import (
    UnknownReference,
    UpstreamDisconnected,
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from pxbin_engine.gateway.fallback import Failure, FailureKind
from pxbin_engine.gateway.key_pool import usable_of
from pxbin_engine.gateway.redaction import without_secrets
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


_SHORTEST_WAIT = 1.0
"""Seconds that a client is told to wait while a probe is under way, of which nobody knows when it ends."""


class LaterRefusal(UpstreamError):
    """The upstream answered with an error, but only to a later round of an answer that had begun well."""

    def __init__(self, status: int, error: ApiError) -> None:
        super().__init__(error.message)
        self.answered = status
        self.error = error


def from_exception(target: Target, error: UpstreamError) -> Failure:
    """There was no answer, or it broke off."""
    if isinstance(error, LaterRefusal):
        return from_answer(target, error.answered, error.error)
    for exception, kind, api_kind, status in _BY_EXCEPTION:
        if isinstance(error, exception):
            message = f"Upstream {target.upstream.name!r}: {error.message}"
            return Failure(kind, _told(target, ApiError(api_kind, status, message)))
    raise error


def from_answer(target: Target, status: int, error: ApiError) -> Failure:
    """The upstream answered with an error.

    Its 401 or 403 is about its own key, which no client can mend, so the client is told which upstream it is; and it is
    never told 401, which Claude Code repeats without end. Google says 400 to a key that it does not know.
    """
    if status in {401, 403} or error.kind == "permission":
        message = f"Upstream {target.upstream.name!r}: {error.message}"
        error = ApiError("permission", 403, message, request_id=error.request_id)
    return Failure("answer", _told(target, error), status)


def redirected(target: Target, status: int, location: str) -> Failure:
    """The upstream answered with a redirect, which is never followed."""
    message = f"Upstream {target.upstream.name!r} redirects ({status}) to {location or 'nowhere'}: correct its address."
    return Failure("answer", _told(target, ApiError("api", 502, message)), status)


def bad_answer(target: Target, reason: str) -> Failure:
    """The upstream answered with a success that is none."""
    message = f"Upstream {target.upstream.name!r} gave no usable answer: {reason}"
    return Failure("bad_answer", _told(target, ApiError("api", 502, message)), 200)


def unusable(target: Target, spoken: Container[str]) -> Failure | None:
    """Why nothing can be sent to this target, or None; ``spoken`` are the formats that pxbin speaks to upstreams."""
    if target.upstream.format not in spoken:
        reason = f"pxbin does not speak {target.upstream.format} to upstreams."
    elif not usable_of(target.keys):
        reason = f"its key cannot be read: {target.keys[0].error}"
    else:
        return None
    return from_exception(target, UpstreamMisconfigured(reason))


def circuit_open(target: Target, reason: str, retry_after: float) -> Failure:
    """The upstream failed so often that it is left alone for a while."""
    message = f"Upstream {target.upstream.name!r} is left alone after repeated failures. The last one: {reason}"
    wait = max(_SHORTEST_WAIT, retry_after)
    return Failure("circuit_open", ApiError("overloaded", 503, message, retry_after=wait))


def keys_resting(target: Target, said: ApiError, retry_after: float) -> Failure:
    """All of its keys were refused a moment ago; ``said`` is what the upstream said to the one that is free first."""
    message = f"All keys of upstream {target.upstream.name!r} rest, for they were refused. It said: {said.message}"
    wait = retry_after if said.kind == "rate_limit" else None  # else a person must mend it
    return Failure("keys_resting", replace(said, message=message, retry_after=wait))


def over_budget(refusal: ApiError) -> Failure:
    """The upstream's budget has too little left."""
    return Failure("over_budget", refusal)


def unknown_reference(error: UnknownReference) -> Failure:
    """The request points to what this target cannot be told; one of the client's own dialect may know it."""
    told = ApiError(
        "invalid_request", error.status, error.message, code=error.code, param=error.param
    )
    return Failure("unknown_reference", told)


def _told(target: Target, error: ApiError) -> ApiError:
    """The error without the target's keys, which an upstream may repeat in its words."""
    secrets = [key.secret for key in target.keys]
    message = without_secrets(error.message, secrets)
    code = error.code and without_secrets(error.code, secrets)
    if (message, code) == (error.message, error.code):
        return error
    return replace(error, message=message, code=code)
