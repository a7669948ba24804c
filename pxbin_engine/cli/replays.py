"""``pxbin-engine log replay``: a recorded request sent again to another model, and both answers."""

from argparse import Namespace
from collections.abc import Iterator
from uuid import UUID

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, option
from pxbin_engine.cli.lookup import find
from pxbin_engine.engine import Engine
from pxbin_engine.records import Replay, ReplayAnswer


@on_engine
async def replay(engine: Engine, arguments: Namespace) -> Answer:
    """Send it again, as this process's own request; it has its row in the log."""
    key = find(await engine.keys.list("llm"), arguments.key, kind="key") if arguments.key else None
    await engine.attend()
    replayed = await engine.replays.run(
        arguments.id, model=arguments.model, key_id=key.id if key else None
    )
    return Answer(_drawn(replayed), replayed, failed=replayed.replayed.error is not None)


def _drawn(replay: Replay) -> str:
    both = replay.original, replay.replayed
    figures = as_table(("", "ORIGINAL", "REPLAY"), zip(_NAMES, *map(_figures, both), strict=True))
    return "\n".join([figures, *_said("original", both[0]), *_said("replay", both[1])])


_NAMES = (
    "model",
    "upstream",
    "status",
    "stop",
    "in",
    "out",
    "cost $",
    "ms",
    "first token ms",
    "request",
)


def _figures(answer: ReplayAnswer) -> tuple[object, ...]:
    return (
        answer.model,
        answer.upstream_name,
        answer.status,
        answer.stop_reason,
        answer.input_tokens,
        answer.output_tokens,
        answer.cost,
        answer.latency_ms,
        answer.ttft_ms,
        answer.request_id,
    )


def _said(which: str, answer: ReplayAnswer) -> Iterator[str]:
    yield f"\n== {which}"
    if answer.error is not None:
        yield answer.error
    if answer.text:
        yield answer.text
    yield from answer.tool_calls
    if answer.is_cut:
        yield "(only its beginning was kept)"


COMMANDS = (
    Command(
        "log replay",
        "send a recorded request again to another model, and show both answers",
        replay,
        (
            option("id", type=UUID, help="of the request"),
            option("--model", required=True, help="a name that clients can say"),
            option("--key", help="who pays, where that is not the key it came with"),
        ),
    ),
)
"""The commands of this module."""
