"""What a command is: a coroutine from the configuration and its arguments to an answer."""

import functools
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from pxbin_engine.cli.answers import Answer
from pxbin_engine.config import EngineConfig
from pxbin_engine.engine import Engine

Run = Callable[[EngineConfig, Namespace], Awaitable[Answer]]


class Option(NamedTuple):
    """One argument of a command, as ``ArgumentParser.add_argument`` takes it."""

    names: tuple[str, ...]
    settings: dict[str, Any]


class OneOf(NamedTuple):
    """Options of which one may be given."""

    options: tuple[Option, ...]


class Command(NamedTuple):
    """One command; a name of two words is a group and what to do in it."""

    name: str
    help: str
    run: Run
    options: tuple[Option | OneOf, ...] = ()


def option(*names: str, **settings: Any) -> Option:
    """An argument; without dashes it is a positional one."""
    return Option(names, settings)


def one_of(*options: Option) -> OneOf:
    """Options that exclude each other."""
    return OneOf(options)


def on_engine(run: Callable[[Engine, Namespace], Awaitable[Answer]]) -> Run:
    """A command that works on an engine: opened without listening, and closed again."""

    @functools.wraps(run)
    async def run_on_engine(config: EngineConfig, arguments: Namespace) -> Answer:
        engine = Engine(config)
        await engine.open()
        try:
            return await run(engine, arguments)
        finally:
            await engine.close()

    return run_on_engine
