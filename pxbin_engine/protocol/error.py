"""The canonical error: what an upstream or pxbin itself answered instead of a response."""

from typing import Literal

from msgspec import Struct

ErrorKind = Literal[
    "invalid_request",
    "authentication",
    "permission",
    "not_found",
    "request_too_large",
    "context_overflow",
    "rate_limit",
    "billing",
    "overloaded",
    "timeout",
    "api",
    "unsupported",
]
"""``context_overflow`` is an ``invalid_request`` that every client must be able to recognise as a too long prompt."""


class ApiError(Struct, frozen=True, omit_defaults=True):
    """An error as a value.

    Attributes:
        status: the HTTP status it came with, or that it is to be answered with.
        message: for a person; never a key, never a traceback.
        retry_after: seconds to wait, where the upstream said so.
        code: the vendor's own machine-readable code (OpenAI ``code``, Anthropic ``error.type``).
        param: the field that was wrong, where the vendor names it.
        request_id: the vendor's id of the failed request.
        tokens: with ``context_overflow``: how many the prompt had, where the vendor says.
        maximum: with ``context_overflow``: how many fit, where the vendor says.
        output: with ``context_overflow``: how many of ``tokens`` were the answer's, where the prompt alone would have fitted.
        quota: with ``rate_limit``: which limit it is (``RequestsPerMinute``), where it is pxbin's own.
    """

    kind: ErrorKind
    status: int
    message: str
    retry_after: float | None = None
    code: str | None = None
    param: str | None = None
    request_id: str | None = None
    tokens: int | None = None
    maximum: int | None = None
    output: int | None = None
    quota: str | None = None

    @property
    def code_for_openai(self) -> str | None:
        """``code``, where clients of OpenAI's can know it: one of Google's statuses (``INTERNAL``) tells them nothing."""
        return None if self.code is None or self.code.isupper() else self.code
