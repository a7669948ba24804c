"""What a request that failed means for a client's set-up, and what mends it."""

from pxbin_engine.records import RequestRecord

NO_MODEL = "Choose another model above, or add this one on the page Models."
KEY_REFUSED = "Apply again: a new key is made for the client."
UPSTREAM_KEY = "The upstream refuses pxbin’s key for it. Change it on the page Upstreams."
LIMITED = "A limit of the key, or a budget, holds it back. See the pages Keys and Costs."
UPSTREAM_BUSY = "The upstream has no room for it just now. Try again in a minute."
UPSTREAM_FAILED = "The upstream failed. Check it on the page Upstreams; what it said is in Logs."
NOT_UNDERSTOOD = "The upstream refused what was asked. The request in Logs shows all that was sent."
PAUSED = "pxbin is paused. Resume it at the foot of the sidebar, then test again."
CUT = "The answer broke off. Test again; if it stays so, check the upstream."


def advice_for(record: RequestRecord) -> str:
    """A sentence for the person."""
    by_outcome = {"stream_error": CUT, "cancelled": CUT}
    if record.outcome in by_outcome:
        return by_outcome[record.outcome]
    return _of_pxbin(record) if record.outcome == "refused" else _of_upstream(record)


def _of_pxbin(record: RequestRecord) -> str:
    by_status = {
        401: KEY_REFUSED,
        402: LIMITED,
        403: LIMITED,
        404: NO_MODEL,
        429: LIMITED,
        503: PAUSED,
    }
    return by_status.get(record.status_code, NOT_UNDERSTOOD)


def _of_upstream(record: RequestRecord) -> str:
    told = [attempt.status for attempt in record.attempts if attempt.status is not None]
    status = told[-1] if told else record.status_code
    if status in (401, 403):
        return UPSTREAM_KEY
    if status == 404:
        return NO_MODEL
    if status in (429, 529):
        return UPSTREAM_BUSY
    return NOT_UNDERSTOOD if status in (400, 413, 422) else UPSTREAM_FAILED
