"""How many connections an engine may hold, where several share the embedded server."""

_EMBEDDED_IN_ALL = 30
"""What workers may use of the embedded server's; the rest is for other programs that share it: the app, the CLI."""

_EMBEDDED_MOST = 8
"""Of one engine, in its pool."""

_LEAST = 2


def embedded_pool(wanted: int, *, engines: int) -> int:
    """The size of each pool, where ``engines`` share the embedded server; each holds one more to listen."""
    share = _EMBEDDED_IN_ALL // engines - 1
    return min(wanted, max(_LEAST, min(share, _EMBEDDED_MOST)))


def most_embedded_engines() -> int:
    """How many engines it has connections for."""
    return _EMBEDDED_IN_ALL // (_LEAST + 1)
