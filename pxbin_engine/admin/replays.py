"""Replay: a recorded request sent again, to another model, through the gateway that serves every client.

So a replay has its row, its cost, its key's limits and its budgets; its row names the request that it repeats
(``metadata["replay_of"]``). It is one generation: no tool that the model calls is carried out.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

from multidict import CIMultiDict

from pxbin_engine.admin.checks import a_name
from pxbin_engine.admin.heard_answer import HeardAnswer, heard
from pxbin_engine.admin.requests import RequestAdmin
from pxbin_engine.errors import InvalidInput, NotFound, ProtocolError
from pxbin_engine.events import EventBus, RequestFinished
from pxbin_engine.gateway.exchange import Inbound
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.protocol.dialects import FORMATS
from pxbin_engine.protocol.dialects.gemini_generate.paths import Action, parse_action
from pxbin_engine.protocol.json_patch import patch_model
from pxbin_engine.protocol.peek import Peek
from pxbin_engine.records import (
    KeyRecord,
    RecordedMessage,
    Replay,
    ReplayAnswer,
    RequestRecord,
)
from pxbin_engine.storage.keys import KeyStore

_ANOTHER_CONNECTIONS = frozenset({
    "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "cookie", "expect", "host",
    "proxy-authorization", "traceparent", "tracestate", "transfer-encoding", "x-api-key", "x-goog-api-key",
})  # fmt: skip
"""Headers that belonged to the connection, the key or the trace of the first time."""
_OWN_PARAMETERS = frozenset({"alt", "key"})
"""Of a query: what is between a Gemini client and pxbin."""


class _Collector:
    """A client that keeps what it is answered (``gateway.reply.Responder``)."""

    def __init__(self) -> None:
        self.request_id = ""
        self.streamed = False
        self._pieces: list[bytes] = []

    @property
    def body(self) -> bytes:
        """All that was answered."""
        return b"".join(self._pieces)

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """See ``Responder``."""
        del status  # its row has it
        self.request_id, self.streamed = headers["x-request-id"], True

    async def write(self, data: bytes) -> None:
        """See ``Responder``."""
        self._pieces.append(data)

    async def end(self, data: bytes) -> None:
        """See ``Responder``."""
        self._pieces.append(data)

    async def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """See ``Responder``."""
        del status
        self.request_id = headers["x-request-id"]
        self._pieces.append(body)

    def abort(self) -> None:
        """See ``Responder``; there is no connection to cut."""


class ReplayAdmin:
    """The use case.

    Args:
        serves: whether requests can be served now, and have their rows.
    """

    def __init__(
        self,
        requests: RequestAdmin,
        keys: KeyStore,
        gateway: Gateway,
        events: EventBus,
        *,
        serves: Callable[[], bool],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._requests, self._keys = requests, keys
        self._gateway, self._events = gateway, events
        self._serves, self._clock = serves, clock

    async def run(self, request_id: UUID, *, model: str, key_id: UUID | None = None) -> Replay:
        """Send a recorded request again, asking for ``model``; whoever cancels this cancels the request.

        Args:
            model: a name that clients can say.
            key_id: whose request it is; None: that of the key that it came with.

        Raises:
            NotFound: there is no such request in the log.
            InvalidInput: it cannot be sent again; the message says why.
        """
        if not self._serves():
            raise InvalidInput("pxbin serves no requests now, so none can be sent again.")
        row = await self._requests.get(request_id)
        model = a_name(model, field="model")
        asked, answered = await self._recorded(row)
        key = await self._key(row, key_id)
        inbound = _again(asked, row, model, key=key, at=self._clock(), now=self._gateway.clock())
        self._check_model(model, key, row.client_name)
        replayed = await self._send(inbound, row)
        return Replay(original=_told(row, _heard_of(row, answered), answered), replayed=replayed)

    async def _recorded(self, row: RequestRecord) -> tuple[RecordedMessage, RecordedMessage | None]:
        """The client's request, whole, and the answer that it was given."""
        try:
            recording = await self._requests.recording(row.id)
        except NotFound as error:
            raise InvalidInput(f"{error.message} So it cannot be sent again.") from None
        asked = recording.find("client_request")
        if asked is None or not _is_generation(row, asked):
            raise InvalidInput("Only a request for an answer of a model can be sent again.")
        if asked.cut:
            raise InvalidInput(
                f"Only the first {len(asked.body):,} of {asked.size:,} bytes of this request were kept"
                " (log_body_kb), so it cannot be sent again."
            )
        return asked, recording.find("client_response")

    async def _key(self, row: RequestRecord, given: UUID | None) -> KeyRecord:
        key_id = given or row.llm_key_id
        key = await self._keys.get(key_id) if key_id is not None else None
        if key is not None and self._in_force(key):
            return key
        if given is not None:
            raise InvalidInput(f"There is no LLM key {given} in force.", field="key_id")
        whose = f"The key {row.key_name!r} that it came with" if row.key_name else "Its key"
        raise InvalidInput(
            f"{whose} is no longer in force; say which key pays for the replay.", field="key_id"
        )

    def _in_force(self, key: KeyRecord) -> bool:
        expired = key.expires_at is not None and key.expires_at <= self._clock()
        return key.type == "llm" and key.is_active and not expired

    def _check_model(self, model: str, key: KeyRecord, client: str) -> None:
        if self._gateway.routing.resolve(model, key.id, client) is None:
            raise InvalidInput(f"There is no model {model!r} that is switched on.", field="model")

    async def _send(self, inbound: Inbound, row: RequestRecord) -> ReplayAnswer:
        rows: dict[str, RequestRecord] = {}

        def keep(event: RequestFinished) -> None:
            if event.record.metadata.get("replay_of") == str(row.id):
                rows[str(event.record.id)] = event.record

        unsubscribe = self._events.subscribe(RequestFinished, keep)
        collector = _Collector()
        try:
            await self._gateway.handle(inbound, collector)
        finally:
            unsubscribe()
        said = heard(FORMATS[row.input_format], collector.body, streamed=collector.streamed)
        return _told(rows[collector.request_id], said, None)


def _again(
    asked: RecordedMessage,
    row: RequestRecord,
    model: str,
    *,
    key: KeyRecord,
    at: datetime,
    now: float,
) -> Inbound:
    """The request as it is sent again; ``now`` in the gateway's seconds. Raises ``InvalidInput``."""
    path, _, query = asked.url.partition("?")
    action = parse_action(path) if row.input_format == "gemini" else None
    path, body = _for_model(row.input_format, path, asked.body, action, model)
    return Inbound(
        method="POST",
        path=path,
        query="&".join(
            part for part in query.split("&") if part.partition("=")[0] not in _OWN_PARAMETERS
        ),
        headers=CIMultiDict(
            (name, value)
            for name, value in asked.headers
            if name.lower() not in _ANOTHER_CONNECTIONS
        ),
        body=body,
        format=row.input_format,
        wish=Peek(model, action.wish.stream) if action is not None else None,
        key=key,
        replay_of=row.id,
        timestamp=at,
        arrived=now,
        received=now,
    )


def _for_model(
    format: str,  # noqa: A002  # the record's own word
    path: str,
    body: bytes,
    action: Action | None,
    model: str,
) -> tuple[str, bytes]:
    """The path and the body with this model in place of the one that was asked for."""
    if action is not None:
        return f"/v1beta/models/{quote(model)}:{action.method}", body
    try:
        return path, patch_model(body, model)
    except ProtocolError as error:
        raise InvalidInput(f"This {format} request cannot be sent again: {error.message}") from None


def _is_generation(row: RequestRecord, asked: RecordedMessage) -> bool:
    """Whether it asked for an answer, and not for a count, a list or anything that pxbin does not serve."""
    path = asked.url.partition("?")[0]
    dialect = FORMATS.get(row.input_format)
    if dialect is None or row.input_format == "gemini":
        action = parse_action(path)
        return dialect is not None and action is not None and action.method != "countTokens"
    return path == dialect.path("", stream=False).partition("?")[0]


def _heard_of(row: RequestRecord, answered: RecordedMessage | None) -> HeardAnswer:
    if answered is None or row.input_format not in FORMATS:
        return HeardAnswer()
    return heard(FORMATS[row.input_format], answered.body, streamed=row.stream)


def _told(row: RequestRecord, said: HeardAnswer, answered: RecordedMessage | None) -> ReplayAnswer:
    return ReplayAnswer(
        model=row.model,
        upstream_name=row.upstream_name,
        status=row.status_code,
        error=row.error_message,
        text=said.text,
        tool_calls=said.tool_calls,
        is_cut=answered is not None and answered.cut,
        stop_reason=row.stop_reason,
        input_tokens=row.input_tokens + row.cache_read_tokens + row.cache_creation_tokens,
        output_tokens=row.output_tokens,
        cost=row.cost,
        latency_ms=row.latency_ms,
        ttft_ms=row.ttft_ms,
        request_id=row.id,
    )
