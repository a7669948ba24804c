"""What the management route of replays takes."""

from uuid import UUID

from pxbin_engine.server.admin_bodies import Body


class NewReplay(Body, frozen=True):
    """POST /logs/{id}/replay; ``key_id`` is whose request it is, where that is not the one it came with."""

    model: str
    key_id: UUID | None = None
