"""Explain: where a request would go and why, without it being sent; for every front end alike."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

from pxbin_engine.admin.checks import a_name
from pxbin_engine.errors import NotFound
from pxbin_engine.gateway.explain import Present, Question, explain
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.records import Explanation, KeyRecord, UpstreamFormat
from pxbin_engine.storage.keys import KeyStore


class Explain:
    """The use case.

    Args:
        table: the routes in force now; they may have to be read first.
        present: what the engine knows of the moment; None while it does not serve.
    """

    def __init__(
        self,
        keys: KeyStore,
        table: Callable[[], Awaitable[RoutingTable]],
        present: Callable[[], Present | None],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._keys = keys
        self._table = table
        self._present = present
        self._clock = clock

    async def __call__(
        self,
        *,
        model: str,
        key_id: UUID | None = None,
        client: str = "",
        session_id: str = "",
        format: UpstreamFormat = "anthropic",  # noqa: A002  # the record's own word
    ) -> Explanation:
        """Where a request for ``model`` by this key, client and session would go; ``format`` is the client's dialect.

        Raises:
            NotFound: there is no such key.
            InvalidInput: the model has no name.
        """
        question = Question(
            model=a_name(model, field="model"),
            key=await self._key(key_id) if key_id is not None else None,
            client=client.strip(),
            session_id=session_id,
            format=format,
        )
        return explain(question, await self._table(), self._present(), now=self._clock())

    async def _key(self, key_id: UUID) -> KeyRecord:
        key = await self._keys.get(key_id)
        if key is None:
            raise NotFound(f"There is no key {key_id}.")
        return key
