"""``make conformance``: each client dialect to each upstream dialect, case by case; a table, and what differs.

::

    make conformance                                       # pxbin, started for it
    make conformance ARGS="--clients openai --cases tool"  # some of it
    make conformance ARGS="--url http://127.0.0.1:4000 --key sk-... --upstreams openai --model-template '{case}'"

With ``--url`` the cases are played through another proxy. Its upstream must be the one that is started here; how to point
it there is printed. Nothing is assumed of it but that it speaks the dialects.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from tests.conformance.case import FORMATS, Case
from tests.conformance.cases import CASES
from tests.conformance.engine import configured
from tests.conformance.player import Player, Subject, Verdict, exchanges
from tests.conformance.table import differences, summary, table
from tests.support.upstream import FakeUpstream

_BASES = {"anthropic": "", "openai": "/v1", "openai-responses": "/v1", "gemini": ""}
"""What the vendors' own SDKs want at the end of a base URL."""


def main(arguments: list[str]) -> int:
    """Play, print, and return the exit code."""
    options = _parsed(arguments)
    return asyncio.run(_run(options))


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="another proxy's address; without it pxbin is started")
    parser.add_argument("--key", default="", help="a key for that proxy")
    parser.add_argument(
        "--model-template", default="{upstream}--{case}", help="its names of models"
    )
    parser.add_argument(
        "--clients", type=_formats, default=FORMATS, help="some of: " + ",".join(FORMATS)
    )
    parser.add_argument("--upstreams", type=_formats, default=FORMATS, help="the same")
    parser.add_argument("--cases", default="", help="only cases with this in their name")
    parser.add_argument(
        "--upstream-port", type=int, default=0, help="where the fake upstream listens"
    )
    parser.add_argument(
        "--wait", action="store_true", help="wait for Enter before the cases are played"
    )
    return parser.parse_args(arguments)  # fmt: skip


def _formats(text: str) -> tuple[str, ...]:
    given = tuple(text.split(","))
    if unknown := set(given) - set(FORMATS):
        raise argparse.ArgumentTypeError(f"no dialect: {', '.join(sorted(unknown))}")
    return given


async def _run(options: argparse.Namespace) -> int:
    cases = tuple(case for case in CASES if options.cases in case.name)
    async with (
        FakeUpstream(options.upstream_port) as upstream,
        _subject(options, upstream) as subject,
    ):
        verdicts = await play_all(subject, upstream, options.clients, options.upstreams, cases)
    print(table(verdicts))
    print(differences(verdicts), end="")
    print(summary(verdicts))
    return int(not verdicts or any(verdict.differences for verdict in verdicts))


@contextlib.asynccontextmanager
async def _subject(options: argparse.Namespace, upstream: FakeUpstream) -> AsyncIterator[Subject]:
    if options.url:
        _explain(options, upstream)
        yield Subject(options.url.rstrip("/"), options.key, options.model_template)
        return
    with tempfile.TemporaryDirectory(prefix="pxbin-conformance-") as folder:
        async with configured(Path(folder) / "data", upstream) as subject:
            yield subject


def _explain(options: argparse.Namespace, upstream: FakeUpstream) -> None:
    """How to point the proxy at the fake upstream."""
    print("The upstream that the proxy must ask (any key will do):")
    for format_ in options.upstreams:
        print(f"  {format_:<17} {upstream.url}{_BASES[format_]}")
    example = options.model_template.format(upstream=options.upstreams[0], case=CASES[0].model)
    print(f"It is asked for models such as {example!r} and must ask for them by a name that ends")
    print(f"with {CASES[0].model!r}, alone or after '--'. All of the cases' names:")
    print("  " + " ".join(case.model for case in CASES))
    if options.wait:
        input("Press Enter to begin. ")


async def play_all(
    subject: Subject,
    upstream: FakeUpstream,
    clients: tuple[str, ...] = FORMATS,
    upstreams: tuple[str, ...] = FORMATS,
    cases: tuple[Case, ...] = CASES,
) -> list[Verdict]:
    """One after another."""
    async with aiohttp.ClientSession() as session:
        player = Player(subject, upstream, session)
        return [await player.play(each) for each in exchanges(clients, upstreams, cases)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
