"""The question that is asked before other machines can reach pxbin, and what holds where it is denied. No Qt here."""

from msgspec.structs import replace

from pxbin_engine.config import EngineConfig


def kept_here(config: EngineConfig) -> EngineConfig:
    """The same configuration, at this machine's own address only."""
    return replace(config, listen_addr=f"127.0.0.1:{config.port}")


def question(address: str) -> str:
    """What is asked."""
    return (
        f"The configuration lets pxbin listen at {address}, where every machine that reaches this one can ask it. They"
        " need a key of pxbin’s, and what they send is not encrypted on its way."
    )
