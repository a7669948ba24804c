"""``pxbin-engine log``: one request of the log, what it said and heard, and the end of what was kept of that."""

from argparse import Namespace
from collections.abc import Iterator
from typing import get_args
from uuid import UUID

import msgspec

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, option
from pxbin_engine.engine import Engine
from pxbin_engine.records import RecordedMessage, RecordedSide
from pxbin_engine.server.admin_items import log_item
from pxbin_engine.server.recording_bodies import recording_item


@on_engine
async def show(engine: Engine, arguments: Namespace) -> Answer:
    """A row of the log, all of it; ``recording`` says whether its bodies were kept."""
    item = log_item(await engine.requests.get(arguments.id))
    # "attempts" and "losses" are lists: as a cell they are JSON.
    rows = [(name, _cell(value)) for name, value in item.items() if value not in (None, "", ())]
    return Answer(as_table(("FIELD", "VALUE"), rows), item)


@on_engine
async def recording(engine: Engine, arguments: Namespace) -> Answer:
    """What a request said and heard, or the events of one of its answers."""
    if arguments.events:
        side: RecordedSide = arguments.side or "client_response"
        events = await engine.requests.events(arguments.id, side)
        rows = [(event.ms, event.name, event.data) for event in events]
        return Answer(as_table(("MS", "EVENT", "DATA"), rows), events)
    kept = await engine.requests.recording(arguments.id)
    if arguments.side:
        kept = msgspec.structs.replace(kept, messages=kept.of(arguments.side))
    text = "\n\n".join("\n".join(_lines(message)) for message in kept.messages)
    return Answer(text, recording_item(kept))


@on_engine
async def forget(engine: Engine, _: Namespace) -> Answer:
    """Erase what was kept of the bodies of all requests; their rows stay."""
    count = await engine.requests.erase_recordings()
    return Answer(f"The bodies of {count:,} requests were erased.", {"deleted": count})


def _cell(value: object) -> object:
    if isinstance(value, tuple | dict):
        return msgspec.json.encode(value).decode()
    return value


def _lines(message: RecordedMessage) -> Iterator[str]:
    attempt = f", attempt {message.attempt}" if message.attempt else ""
    yield f"== {message.side.replace('_', ' ')}{attempt}"
    yield f"{message.method} {message.url}" if message.method else str(message.status)
    for name, value in message.headers:
        yield f"{name}: {value}"
    yield ""
    text = message.text
    yield f"({len(message.body):,} bytes that are no text)" if text is None else text
    if message.cut:
        yield f"(the first {len(message.body):,} of {message.size:,} bytes)"


_ID = option("id", type=UUID, help="its id, which is also its x-request-id")
COMMANDS = (
    Command("log show", "show one request in full", show, (_ID,)),
    Command(
        "log recording",
        "show the bodies and headers that were kept of a request",
        recording,
        (
            _ID,
            option("--side", choices=get_args(RecordedSide), help="only that"),
            option("--events", action="store_true", help="the events of a streamed answer"),
        ),
    ),
    Command(
        "log forget",
        "erase what was kept of the bodies of all requests",
        forget,
        (
            option(
                "--bodies", action="store_true", required=True, help="say it, for nothing undoes it"
            ),
        ),
    ),
)
