"""What the management routes of sessions take."""

from pxbin_engine.records import SessionOrder
from pxbin_engine.server.admin_bodies import Paging
from pxbin_engine.storage.stats import Period


class SessionQuery(Paging, frozen=True):
    """GET /sessions."""

    period: Period = "24h"
    order: SessionOrder = "recent"
