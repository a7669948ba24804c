"""When a key expires, as a person writes and reads it: a day that it still holds, or a moment. No widgets here.

A day is one of the person's own time zone; the key is refused from the end of it on.
"""

from datetime import datetime, time, timedelta, tzinfo

from pxbin_engine.errors import InvalidInput

_DAY = "%Y-%m-%d"
_MOMENT = "%Y-%m-%d %H:%M"


def as_typed(expires_at: datetime | None, zone: tzinfo | None = None) -> str:
    """As it is typed: ``2026-12-01`` for the end of that day, ``2026-12-01 15:30`` for a moment, empty for never."""
    if expires_at is None:
        return ""
    local = expires_at.astimezone(zone)
    if local.time() == time():
        return (local - timedelta(days=1)).strftime(_DAY)
    return local.strftime(_MOMENT)


def read(text: str, zone: tzinfo | None = None) -> datetime | None:
    """The moment that was typed; None where nothing was.

    Raises:
        InvalidInput: it is neither a day nor a moment.
    """
    clean = text.strip().replace("T", " ")
    if not clean:
        return None
    for form, lasts in ((_DAY, timedelta(days=1)), (_MOMENT, timedelta())):
        try:
            typed = datetime.strptime(clean, form) + lasts  # noqa: DTZ007  # the zone is put on below
        except ValueError:
            continue
        # As the wall clock says it there, summer time or not.
        return typed.replace(tzinfo=zone) if zone else typed.astimezone()
    raise InvalidInput("expires_at must be a day such as 2026-12-01.", field="expires_at")


def in_days(days: int, now: datetime, zone: tzinfo | None = None) -> str:
    """The day that many days from now, as it is typed."""
    return (now.astimezone(zone) + timedelta(days=days)).strftime(_DAY)


def until(expires_at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """``until 1 Dec``, ``until 1 Dec 2027`` in another year, ``until 15:30`` on the very day."""
    local, today = expires_at.astimezone(zone), now.astimezone(zone)
    if local.time() == time():
        local -= timedelta(days=1)
    elif local.date() == today.date():
        return f"until {local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"until {local.day} {local:%b}{year}"
