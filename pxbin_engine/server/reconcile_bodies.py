"""What the management routes of reconciling take."""

from datetime import date
from uuid import UUID

from pxbin_engine.server.admin_bodies import Body


class NewImport(Body, frozen=True):
    """POST /reconcile/imports; ``text`` is the whole file, ``file_name`` only what it is remembered by."""

    upstream_id: UUID
    text: str
    file_name: str = ""


class ComparisonQuery(Body, frozen=True, rename={"first": "from", "last": "to"}):
    """GET /reconcile/comparison; UTC days, both included."""

    upstream_id: UUID
    first: date | None = None
    last: date | None = None
