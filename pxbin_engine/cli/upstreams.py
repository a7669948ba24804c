"""``pxbin-engine upstreams``: add, list, update, forget, remove and test upstreams; a key need never be on the command
line."""

import getpass
import os
import sys
from argparse import Namespace
from typing import TypeVar

from msgspec import UNSET, UnsetType

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import on_engine
from pxbin_engine.cli.lookup import find
from pxbin_engine.engine import Engine
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import HealthReport, UpstreamRecord

T = TypeVar("T")


@on_engine
async def add(engine: Engine, arguments: Namespace) -> Answer:
    """Make an upstream."""
    preset = next((one for one in engine.upstreams.presets if one.id == arguments.preset), None)
    base_url = arguments.base_url or (preset.base_url if preset else "")
    if not base_url:
        raise InvalidInput("Give a base-url or a --preset.", field="base_url")
    api_key = read_api_key(arguments, ask=sys.stdin.isatty())
    upstream = await engine.upstreams.create(
        name=arguments.name,
        base_url=base_url,
        format=arguments.format or (preset.format if preset else "openai"),
        preset=arguments.preset,
        api_key=api_key or None,
        priority=arguments.priority,
        is_active=not arguments.inactive,
    )
    where = "" if upstream.secret_place == "none" else f" {engine.upstreams.secret_description}"
    return Answer(f"{upstream.name} was added.{where}", upstream, note=_warning(arguments))


@on_engine
async def list_all(engine: Engine, _: Namespace) -> Answer:
    """Every upstream in the order in which they are tried."""
    upstreams = await engine.upstreams.list()
    rows = [
        (
            u.name,
            u.format,
            u.base_url,
            u.priority,
            u.is_active,
            u.secret_place,
            len(u.learned),
            u.id,
        )
        for u in upstreams
    ]
    titles = ("NAME", "FORMAT", "BASE URL", "PRIORITY", "ACTIVE", "KEY", "LEARNED", "ID")
    return Answer(as_table(titles, rows), upstreams)


@on_engine
async def list_presets(engine: Engine, _: Namespace) -> Answer:
    """What can be named by ``--preset``."""
    presets = engine.upstreams.presets
    rows = [(preset.id, preset.name, preset.format, preset.base_url) for preset in presets]
    return Answer(as_table(("ID", "NAME", "FORMAT", "BASE URL"), rows), presets)


@on_engine
async def forget(engine: Engine, arguments: Namespace) -> Answer:
    """Say what it had taught, and drop it."""
    upstream = await _find(engine, arguments)
    left = await engine.upstreams.forget(upstream.id)
    lines = [f"  {quirk.upstream_model} {quirk.description}" for quirk in upstream.learned]
    if not lines:
        return Answer(f"{upstream.name} has taught nothing.", left)
    return Answer("\n".join([f"Forgotten of {upstream.name}:", *lines]), left)


@on_engine
async def update(engine: Engine, arguments: Namespace) -> Answer:
    """Change what is given."""
    upstream = await _find(engine, arguments)
    upstream = await engine.upstreams.update(
        upstream.id,
        name=_or_unset(arguments.name),
        base_url=_or_unset(arguments.base_url),
        format=_or_unset(arguments.format),
        preset=_or_unset(arguments.preset),
        priority=_or_unset(arguments.priority),
        is_active=_or_unset(arguments.active),
        api_key=read_api_key(arguments),
    )
    return Answer(f"{upstream.name} was changed.", upstream, note=_warning(arguments))


@on_engine
async def remove(engine: Engine, arguments: Namespace) -> Answer:
    """Delete an upstream with its key."""
    upstream = await _find(engine, arguments)
    await engine.upstreams.delete(upstream.id)
    return Answer(f"{upstream.name} was removed.", {"deleted": 1})


@on_engine
async def test(engine: Engine, arguments: Namespace) -> Answer:
    """Ask for the model list, or with ``--paid`` for one tiny completion."""
    upstream = await _find(engine, arguments)
    report = await engine.upstreams.check(
        upstream.id, paid=arguments.paid or arguments.model is not None, model=arguments.model
    )
    return Answer(f"{upstream.name}: {describe(report)}", report, failed=not report.healthy)


def describe(report: HealthReport) -> str:
    """A health report in one line."""
    if not report.healthy:
        return f"does not work: {report.error}"
    tested = f", {report.tested_model} answered" if report.tested_model else ""
    return f"works ({report.models_found} models{tested}, {report.latency_ms:.0f} ms)"


def read_api_key(arguments: Namespace, *, ask: bool = False) -> str | UnsetType:
    """The upstream's key from wherever the person said that it is; ``ask`` prompts where nothing was said."""
    if arguments.no_key:
        return ""
    if arguments.api_key is not None:
        return str(arguments.api_key)
    if arguments.api_key_stdin:
        return sys.stdin.readline().strip()
    if arguments.api_key_env is not None:
        if not os.environ.get(arguments.api_key_env):
            raise InvalidInput(f"The environment has no {arguments.api_key_env}.", field="api_key")
        return os.environ[arguments.api_key_env]
    if ask:
        return getpass.getpass("API key of the upstream (empty: none): ")
    return UNSET


def _warning(arguments: Namespace) -> str:
    if arguments.api_key is None:
        return ""
    return "A key on the command line can be seen by other users and stays in the shell's history."


async def _find(engine: Engine, arguments: Namespace) -> UpstreamRecord:
    return find(await engine.upstreams.list(), arguments.upstream, kind="upstream")


def _or_unset(value: T | None) -> T | UnsetType:
    return UNSET if value is None else value
