"""The log: pages of requests, newest first, and one request in full."""

from uuid import UUID

from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import RequestFilter, RequestPage, RequestRecord
from pxbin_engine.storage.requests import RequestStore

LARGEST_PAGE = 500


class RequestAdmin:
    """The use cases of the log."""

    def __init__(self, store: RequestStore) -> None:
        self._store = store

    async def page(
        self,
        filter: RequestFilter | None = None,  # noqa: A002  # the contract's word
        *,
        cursor: str | None = None,
        page: int | None = None,
        limit: int = 50,
    ) -> RequestPage:
        """Up to ``limit`` rows (500 at most): those after ``cursor``, or the ``page`` of that number, from 1.

        Raises:
            InvalidInput: the cursor is not one of ours, both were given, or a number is out of its range.
        """
        if cursor is not None and page is not None:
            raise InvalidInput("Give cursor or page, not both.", field="cursor")
        if page is not None and page < 1:
            raise InvalidInput("page counts from 1.", field="page")
        if not 1 <= limit <= LARGEST_PAGE:
            raise InvalidInput(f"A page has 1 to {LARGEST_PAGE} rows.", field="per_page")
        return await self._store.page(
            filter or RequestFilter(), cursor=cursor, page=page, limit=limit
        )

    async def get(self, request_id: UUID) -> RequestRecord:
        """One row of the log.

        Raises:
            NotFound: there is none of that id, or it was removed at the end of its retention.
        """
        record = await self._store.get(request_id)
        if record is None:
            raise NotFound(f"There is no request {request_id} in the log.")
        return record
