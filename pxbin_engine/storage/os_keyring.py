"""The keyring of the operating system: an entry a secret. Only the OS's own kind, and never waited for without end."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pxbin_engine.errors import SecretStoreUnavailable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend  # importing it takes 50 ms: in the worker thread

logger = logging.getLogger(__name__)

T = TypeVar("T")

SERVICE = "pxbin"

# What keeps its entries encrypted by the OS. Others may be plaintext files (keyrings.alt), or nothing at all (null).
_TRUSTED = {
    "keyring.backends.SecretService": "Secret Service keyring",
    "keyring.backends.libsecret": "Secret Service keyring",
    "keyring.backends.kwallet": "KDE wallet",
    "keyring.backends.macOS": "macOS keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}


class OsKeyring:
    """Entries of the service ``pxbin``. A locked keyring may wait for a person: each call has ``timeout`` seconds."""

    def __init__(self, *, timeout: float = 5.0) -> None:
        self._timeout = timeout
        self._backend: KeyringBackend | None = None

    async def probe(self) -> str:
        """Put a canary in, read it, take it out; the keyring's name for a person.

        Raises:
            SecretStoreUnavailable: no trusted keyring answers; says why.
        """
        return await self._call(_probe)

    async def set(self, account: str, secret: str) -> None:
        """Make or overwrite an entry.

        Raises:
            SecretStoreUnavailable: the keyring does not answer, or is locked.
        """
        await self._call(lambda backend: backend.set_password(SERVICE, account, secret))

    async def get(self, account: str) -> str | None:
        """The entry's secret; None where there is no such entry. Raises as ``set`` does."""
        return await self._call(lambda backend: backend.get_password(SERVICE, account))

    async def delete(self, account: str) -> None:
        """Take the entry out, if it is there. Raises as ``set`` does."""

        def delete(backend: KeyringBackend) -> None:
            if backend.get_password(SERVICE, account) is not None:
                backend.delete_password(SERVICE, account)

        await self._call(delete)

    async def _call(self, action: Callable[[KeyringBackend], T]) -> T:
        def run() -> T:
            if self._backend is None:
                self._backend = _trusted_backend()
            return action(self._backend)

        try:
            async with asyncio.timeout(self._timeout):
                return await _in_daemon_thread(run)
        except TimeoutError:
            raise SecretStoreUnavailable(
                "The keyring did not answer in time. It may be locked: unlock it and try again."
            ) from None


def _probe(backend: KeyringBackend) -> str:
    account, canary = f"probe {secrets.token_hex(8)}", secrets.token_hex(16)
    backend.set_password(SERVICE, account, canary)
    try:
        if backend.get_password(SERVICE, account) != canary:
            raise SecretStoreUnavailable("The keyring does not give back what was put in.")
    finally:
        backend.delete_password(SERVICE, account)
    return _TRUSTED[type(backend).__module__]


def _trusted_backend() -> KeyringBackend:
    import keyring  # noqa: PLC0415  # looks for D-Bus and takes 50 ms: only here, in the worker thread

    chosen = keyring.get_keyring()
    # The chainer tries several backends in turn, plaintext ones among them.
    for backend in getattr(chosen, "backends", None) or [chosen]:
        if type(backend).__module__ in _TRUSTED:
            return backend  # type: ignore[no-any-return]  # the chainer's list is not typed
    name = f"{type(chosen).__module__}.{type(chosen).__qualname__}"
    if name == "keyring.backends.fail.Keyring":
        raise SecretStoreUnavailable("There is no keyring on this machine.")
    raise SecretStoreUnavailable(f"The keyring {name} is not one of the operating system's own.")


async def _in_daemon_thread(action: Callable[[], T]) -> T:
    """Like ``asyncio.to_thread``, but a call that hangs for ever does not keep the program from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def run() -> None:
        result, error = None, None
        try:
            result = action()
        except SecretStoreUnavailable as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001  # keyring backends raise whatever their library raises
            error = SecretStoreUnavailable(
                f"The keyring failed: {str(failure) or type(failure).__name__}."
            )
            error.__cause__ = failure
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            logger.debug("keyring.late: the loop had ended")

    threading.Thread(target=run, name="keyring", daemon=True).start()
    return await future
