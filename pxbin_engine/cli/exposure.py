"""Listening for other machines: always shown, and on a terminal asked about."""

import signal
import sys

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import ConfigError
from pxbin_engine.gateway.addresses import listening_addresses


def confirm(config: EngineConfig, *, agreed: bool) -> None:
    """Say what other machines will reach, where they will; ask a person whether that is meant.

    A setting is consent where nobody can be asked: a service, a container, a pipe.

    Args:
        agreed: ``--expose`` was given.

    Raises:
        ConfigError: the person said no.
        KeyboardInterrupt: or went away.
    """
    if not config.exposed:
        return
    sys.stderr.write(warning(config))
    sys.stderr.flush()
    if agreed or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if not _yes("Listen for other machines? [y/N] "):
        raise ConfigError("listen_addr", "not confirmed; pxbin was not started")


def warning(config: EngineConfig) -> str:
    """What other machines can reach, and with what."""
    addresses = sorted(
        f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        for host, port in listening_addresses(config.host, config.port)
    )
    lines = [
        f"Warning: pxbin listens at {config.listen_addr}, where other machines can reach it ({', '.join(addresses)}):",
        "  the proxy         to whoever has one of its pxb_ keys",
        "  /api/ (managing)  to whoever has one of its pxm_ keys",
    ]
    if config.management_bootstrap_key:
        lines.append("  /api/v1/bootstrap to whoever has the management_bootstrap_key")
    lines += [
        "  /health, /ready   to everyone",
        "What they send, keys too, is not encrypted on its way: put a TLS proxy in front of it.",
    ]
    return "\n".join(lines) + "\n"


def _yes(question: str) -> bool:
    # The loop's own handler would let Ctrl-C wait for the answer.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
    finally:
        signal.signal(signal.SIGINT, before)
