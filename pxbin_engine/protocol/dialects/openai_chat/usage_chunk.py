"""The chunk that carries only usage, taken out of a verbatim stream whose client did not ask for it."""

import re

_NO_CHOICES = re.compile(rb'"choices"\s*:\s*\[\s*\]')
_USAGE = re.compile(rb'"usage"\s*:\s*\{')
_EVENT = re.compile(rb".+?(?:\r?\n\r?\n|\Z)", re.DOTALL)


def without_usage_chunk(events: bytes) -> bytes:
    """Whole events without the one that has usage and no choices; Azure's first has neither and stays."""
    if _NO_CHOICES.search(events) is None:
        return events
    return b"".join(event for event in _EVENT.findall(events) if not _is_usage_only(event))


def _is_usage_only(event: bytes) -> bool:
    return _NO_CHOICES.search(event) is not None and _USAGE.search(event) is not None
