"""One input of the fuzzer as a value: it can be written to a file, replayed, and made smaller."""

import base64
import json
from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct


class Case(Struct, frozen=True, omit_defaults=True):
    """What one check is given.

    Attributes:
        check: a name in ``checks.CHECKS``.
        body: what is fuzzed: a request, a whole answer, a stream, or an error's body.
        asked: the client's request, where ``body`` is an answer to one.
        cuts: where the reads of a stream end.
        status: of an answer that is an error.
        headers: of the same.
    """

    check: str
    body: bytes
    asked: bytes = b""
    cuts: tuple[int, ...] = ()
    status: int = 200
    headers: dict[str, str] = {}

    @property
    def reads(self) -> Iterator[bytes]:
        """The body as it arrives."""
        edges = [0, *sorted(cut for cut in self.cuts if cut < len(self.body)), len(self.body)]
        return (self.body[start:end] for start, end in pairwise(edges))


def write_case(case: Case) -> str:
    """The case as JSON; bytes that are text stay readable, the rest is base64."""
    return json.dumps(
        {
            "check": case.check,
            "body": _write_bytes(case.body),
            "asked": _write_bytes(case.asked),
            "cuts": case.cuts,
            "status": case.status,
            "headers": case.headers,
        },
        indent=1,
    )


def read_case(text: str) -> Case:
    """A case as ``write_case`` wrote it."""
    told = json.loads(text)
    told["body"], told["asked"] = _read_bytes(told["body"]), _read_bytes(told["asked"])
    return Case(**{**told, "cuts": tuple(told["cuts"])})


def _write_bytes(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _read_bytes(told: dict[str, str]) -> bytes:
    return told["text"].encode() if "text" in told else base64.b64decode(told["base64"])
