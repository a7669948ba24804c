"""Who is asking: the key of a request, found in an immutable snapshot of all active keys.

A key is looked up by its SHA-256, so the time that a look-up takes tells nothing about any key. The engine swaps the
snapshot whenever a key changes: a revoked key stops at once, not after a time to live.
"""

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from pxbin_engine.admin.keys import PREFIXES, hash_key
from pxbin_engine.errors import AuthenticationFailed, LockedOut, PermissionDenied
from pxbin_engine.events import EventBus, RevokedKeyUsed
from pxbin_engine.gateway.client_names import client_name
from pxbin_engine.records import KeyRecord, KeyType
from pxbin_engine.server.lockout import Lockout

logger = logging.getLogger(__name__)

_WHERE = {"llm": "the proxy", "management": "the management API"}


class KeyTable:
    """All keys, as they were when the table was built; its length is the number of those in force."""

    def __init__(self, keys: Iterable[KeyRecord] = ()) -> None:
        hashed = [key for key in keys if key.key_hash]
        self._by_hash = {key.key_hash: key for key in hashed if key.is_active}
        self._revoked = {key.key_hash: key for key in hashed if not key.is_active}

    def __len__(self) -> int:
        return len(self._by_hash)

    def find(self, plaintext: str) -> KeyRecord | None:
        """The key in force with this plaintext, or None."""
        return self._by_hash.get(hash_key(plaintext))

    def find_revoked(self, plaintext: str) -> KeyRecord | None:
        """The key with this plaintext that was revoked, or None."""
        return self._revoked.get(hash_key(plaintext))


def _now() -> datetime:
    return datetime.now(UTC)


class Authenticator:
    """Finds keys.

    Args:
        lockout: of those who try unknown keys; None: of nobody.
        events: where it is told that a revoked key came.
        clock: the wall clock, aware; a key is refused from its ``expires_at`` on.

    Attributes:
        keys: the present snapshot; swapped, never changed.
    """

    def __init__(
        self,
        keys: KeyTable | None = None,
        *,
        lockout: Lockout | None = None,
        events: EventBus | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.keys = keys or KeyTable()
        self._lockout = Lockout(0, 0) if lockout is None else lockout
        self._events = EventBus() if events is None else events
        self._clock = clock

    def authenticate(
        self,
        headers: Mapping[str, str],
        kind: KeyType,
        *,
        in_query: str = "",
        remote: str | None = None,
    ) -> KeyRecord:
        """The key of this kind that came in ``x-api-key``, ``x-goog-api-key`` or ``Authorization: Bearer``, else in the query
        (Google's ``?key=``); of several, the first known one.

        Args:
            remote: the address that it came from.

        Raises:
            LockedOut: none that is known, and too many such came from there.
            AuthenticationFailed: no key, or none that is known, active and not expired.
            PermissionDenied: the key is of the other kind.
        """
        other: KeyRecord | None = None
        expired: KeyRecord | None = None
        presented = list(presented_keys(headers, in_query))
        for plaintext in presented:
            key = self.keys.find(plaintext)
            if key is not None and key.expires_at is not None and key.expires_at <= self._clock():
                expired = expired or key
            elif key is not None and key.type == kind:
                return key
            else:
                other = other or key
        if other is not None:
            raise PermissionDenied(
                f"A {PREFIXES[other.type]} key is for {_WHERE[other.type]}, not for {_WHERE[kind]}."
            )
        if expired is not None:
            raise AuthenticationFailed(
                f"The API key {expired.name!r} expired at {expired.expires_at:%Y-%m-%d %H:%M %Z}."
            )
        if presented:
            for key in filter(None, map(self.keys.find_revoked, presented)):
                self._tell_revoked(key, headers)
            self.refuse_locked_out(remote)
            self.count_unknown(remote)
            raise AuthenticationFailed("This API key is not known to pxbin, or it was revoked.")
        raise AuthenticationFailed(
            f"An API key is needed: a {PREFIXES[kind]} key of pxbin, as x-api-key or Authorization: Bearer."
        )

    def _tell_revoked(self, key: KeyRecord, headers: Mapping[str, str]) -> None:
        client = client_name(headers.get("User-Agent", ""))
        self._events.publish(RevokedKeyUsed(key_id=key.id, key_name=key.name, client_name=client))

    def refuse_locked_out(self, remote: str | None) -> None:
        """Raises ``LockedOut`` where too many unknown keys came from this address."""
        left = self._lockout.left(remote or "", self._clock().timestamp())
        if left:
            raise LockedOut(math.ceil(left))

    def count_unknown(self, remote: str | None) -> None:
        """A key that nobody knows came from this address."""
        if self._lockout.count(remote or "", self._clock().timestamp()):
            logger.warning("keys.locked_out remote=%s", remote)


def presented_keys(headers: Mapping[str, str], in_query: str = "") -> Iterator[str]:
    """The keys that a request carries; the scheme's name may be in any case."""
    for header in ("X-Api-Key", "X-Goog-Api-Key"):
        if key := headers.get(header, "").strip():
            yield key
    scheme, _, token = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and (token := token.strip()):
        yield token
    if in_query:
        yield in_query
