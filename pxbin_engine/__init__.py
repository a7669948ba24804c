"""pxbin's engine: an async proxy that runs headless by itself and never imports Qt.

The map, from the top floor down (each imports only lower ones)::

    __main__ > cli        `pxbin-engine`: serve, migrate, check, keys, upstreams, models ...
    engine                composition root and lifecycle: open, start, pause, stop
    use_cases             what can be seen and changed, built from an engine's parts
    upkeep | changes | engine_database   what is done every hour | what a change sets off | which database, and its pool
    snapshots             what the hot path reads instead of the database
    observation           what an operator sees: readiness, metrics, traces, checks of upstreams
    server                HTTP in: a thin skin
    admin | accounting    the use cases of the control plane | prices, ledger, log writer (and tracing)
    gateway | storage     the data plane: routing, fallback, relay | PostgreSQL and secrets
    protocol | events     the sans-io translator | what happens, told to whoever listens
    config | records      settings | frozen rows
    errors | tasks | programs   the exception tree | the one way to start a task | the one way to start ourselves

The door: ``Engine``, ``EngineConfig``, ``EngineState``.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pxbin_engine.config import EngineConfig
    from pxbin_engine.engine import Engine, EngineState

__all__ = ["Engine", "EngineConfig", "EngineState"]


def __getattr__(name: str) -> Any:
    """Open the door when someone comes: the window paints before the engine's libraries are loaded."""
    if name == "EngineConfig":
        from pxbin_engine.config import EngineConfig  # noqa: PLC0415

        return EngineConfig
    if name in {"Engine", "EngineState"}:
        from pxbin_engine import engine  # noqa: PLC0415

        return getattr(engine, name)
    raise AttributeError(name)
