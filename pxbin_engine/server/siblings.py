"""Siblings: the workers that share a port tell each other their metrics, so that whoever is asked knows all of them.

Each listens at a Unix socket in a folder that only their user may enter, and answers whoever connects with its text. A
worker that is gone, or too busy to answer, is left out: its part is missing from that one reading.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

logger = logging.getLogger(__name__)

_ANSWER_SECONDS = 1.0


class Worker(Struct, frozen=True):
    """One of ``count`` engines that share a port on this machine.

    Attributes:
        number: from 1.
        folder: where the sockets are.
    """

    number: int
    count: int
    folder: Path


class Siblings:
    """One worker and its siblings.

    Args:
        render: this worker's own metrics, in Prometheus' text format.
    """

    def __init__(self, worker: Worker, render: Callable[[], bytes]) -> None:
        self._worker = worker
        self._render = render
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Answer siblings from now on."""
        path = _socket(self._worker, self._worker.number)
        path.unlink(missing_ok=True)  # of a worker of this number that was killed
        self._server = await asyncio.start_unix_server(self._tell, path)

    async def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
            _socket(self._worker, self._worker.number).unlink(missing_ok=True)
            self._server = None

    async def render(self) -> bytes:
        """The metrics of all workers; each sample says whose it is by the label ``worker``."""
        others = [n for n in range(1, self._worker.count + 1) if n != self._worker.number]
        answers = await asyncio.gather(*(self._ask(number) for number in others))
        told = dict(zip(others, answers, strict=True))
        told[self._worker.number] = self._render()
        return merged({number: told[number] for number in sorted(told) if told[number]})

    async def _tell(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self._render())
        try:
            await writer.drain()
        except ConnectionError:
            logger.debug("sibling.left")
        finally:
            writer.close()

    async def _ask(self, number: int) -> bytes:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                reader, writer = await asyncio.open_unix_connection(_socket(self._worker, number))
                try:
                    return await reader.read()
                finally:
                    writer.close()
        except (FileNotFoundError, ConnectionError):  # it is being started
            return b""
        except TimeoutError:
            logger.warning("sibling.silent worker=%d", number)
            return b""


def merged(told: Mapping[int, bytes]) -> bytes:
    """One text of several workers' texts; ``told``: by their numbers."""
    return bytes(generate_latest(_Told(told)))  # it asks for nothing but ``collect``


class _Told:
    """What workers told, as a registry."""

    def __init__(self, told: Mapping[int, bytes]) -> None:
        self._told = told

    def collect(self) -> Iterator[Metric]:
        """Each metric once, with the samples of all workers."""
        metrics: dict[str, Metric] = {}
        for number, text in self._told.items():
            for family in text_string_to_metric_families(text.decode()):
                known = metrics.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                known.samples.extend(
                    sample._replace(labels={**sample.labels, "worker": str(number)})
                    for sample in family.samples
                )
        yield from metrics.values()


def _socket(worker: Worker, number: int) -> Path:
    return worker.folder / f"{number}.sock"
