"""One real request through pxbin, in a client's own dialect and with its key; and the row that it left."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from pxbin_app.client_setup.advice import advice_for
from pxbin_app.clients.client import Client, Connection
from pxbin_engine.events import RequestFinished
from pxbin_engine.records import RequestRecord

if TYPE_CHECKING:
    from pxbin_engine import Engine

TIMEOUT_SECONDS = 90.0
"""A model that thinks, and a second upstream after a first one that does not answer."""
ROW_SECONDS = 5.0
"""Between an answer's end and its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """How a test went. Without a row, the request never got through; ``problem`` and ``advice`` are empty where it went well."""

    record: RequestRecord | None = None
    problem: str = ""
    advice: str = ""

    @property
    def passed(self) -> bool:
        """Whether the client will work."""
        return not self.problem


async def probe(
    engine: "Engine", client: Client, connection: Connection, *, timeout: float = TIMEOUT_SECONDS
) -> Probed:
    """Ask as the client would ask, and wait until the request's row arrives."""
    finished: asyncio.Queue[RequestRecord] = asyncio.Queue()
    stop = engine.events.subscribe(RequestFinished, lambda event: finished.put_nowait(event.record))
    try:
        async with asyncio.timeout(timeout):
            answered = await _send(client, connection)
            if answered.request_id is None:
                return _unknown(answered)
            record = await _row_of(answered.request_id, finished)
    except TimeoutError:
        return Probed(
            problem=f"No answer came within {timeout:.0f} seconds.",
            advice="The upstream is silent: its page tells how it is, and can check it.",
        )
    except OSError as error:
        return Probed(
            problem=f"pxbin could not be reached at {connection.base_url}: {error}",
            advice="See at the foot of the sidebar whether pxbin is running.",
        )
    finally:
        stop()
    return judged(record)


def judged(record: RequestRecord) -> Probed:
    """How the request of a row went."""
    if record.outcome == "ok":
        return Probed(record=record)
    problem = record.error_message or f"The answer had the status {record.status_code}."
    return Probed(record=record, problem=problem, advice=advice_for(record))


@dataclass(frozen=True, slots=True)
class _Answered:
    """What came back; ``request_id`` is pxbin's own, and None where the answer is not from a pxbin."""

    status: int
    request_id: UUID | None


async def _send(client: Client, connection: Connection) -> _Answered:
    """Send it and read the whole answer; ``OSError`` where that fails."""
    import aiohttp  # noqa: PLC0415  # late: a start of the app need not wait for it

    asked = client.probe(connection)
    headers = {
        **asked.headers,
        "content-type": "application/json",
        "user-agent": f"pxbin-test ({client.title})",
    }
    try:
        # Not through a proxy of the environment: the client's own way is told as a conflict.
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.post(connection.base_url + asked.path, data=asked.body, headers=headers) as got,
        ):
            await got.read()
            return _Answered(got.status, _uuid(got.headers.get("x-request-id", "")))
    except aiohttp.ClientError as error:
        raise ConnectionError(str(error)) from error


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _unknown(answered: _Answered) -> Probed:
    return Probed(
        problem=f"Something else than this pxbin answered, with the status {answered.status}.",
        advice="Another program may listen at the address that the file names.",
    )


async def _row_of(request_id: UUID, finished: "asyncio.Queue[RequestRecord]") -> RequestRecord:
    async with asyncio.timeout(ROW_SECONDS):
        while True:
            record = await finished.get()
            if record.id == request_id:
                return record
