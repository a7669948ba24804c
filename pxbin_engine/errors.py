"""Every exception that pxbin raises, in one tree.

::

    PxbinError                     .message is fit for a person to read
    ├── ConfigError                a configuration value is unknown or bad; .key names it
    ├── InvalidInput               what the caller gave cannot be used; .field names it       (400)
    ├── AuthenticationFailed       no key, or one that is not known or was revoked            (401)
    ├── LockedOut                  too many unknown keys came from there; .retry_after says how long (429)
    ├── PermissionDenied           the key is known but may not do this                       (403)
    ├── NotFound                   the thing named does not exist                             (404)
    ├── Conflict                   a thing of that name exists already                        (409)
    ├── SecretError                an upstream key cannot be stored or read
    │   ├── SecretStoreUnavailable     no keyring answers, or it is locked
    │   └── SecretUndecryptable        sealed with another encryption_key
    ├── StorageError
    │   ├── DatabaseUnavailable        the database is away; may come back                    (503)
    │   ├── MigrationError             a migration was changed, failed, or is newer than us
    │   └── ServerStartError           the embedded PostgreSQL could not be started
    ├── ProtocolError              bytes that are not what their dialect says
    │   └── UnknownReference           a request points to what only its vendor, or nobody any more, can know
    └── UpstreamError              the upstream did not answer as an upstream should
        ├── UpstreamUnreachable        no connection: DNS, refused, TLS
        ├── UpstreamTimeout            connected, but silent for too long
        ├── UpstreamDisconnected       the connection broke in the middle of an answer
        └── UpstreamMisconfigured      its address or key cannot be used (never sent)

What an upstream *answers* with a status is not an exception: it is a ``protocol.error.ApiError`` value.
"""


class PxbinError(Exception):
    """The root; ``message`` is one or two sentences for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigError(PxbinError):
    """A configuration value is unknown or bad."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key


class InvalidInput(PxbinError):
    """What the caller gave cannot be used; ``field`` is the input's name, or empty."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class AuthenticationFailed(PxbinError):
    """No key was given, or one that is not known or was revoked."""


class LockedOut(PxbinError):
    """Too many unknown keys came from the same address; ``retry_after`` in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(
            f"Too many unknown keys came from this address; try again in {retry_after:.0f} s."
        )
        self.retry_after = retry_after


class PermissionDenied(PxbinError):
    """The key is known but may not do this."""


class NotFound(PxbinError):
    """The thing named does not exist."""


class Conflict(PxbinError):
    """A thing of that name exists already."""


class SecretError(PxbinError):
    """An upstream key cannot be stored or read."""


class SecretStoreUnavailable(SecretError):
    """No keyring answers, or it is locked."""


class SecretUndecryptable(SecretError):
    """The sealed key was made with another ``encryption_key``."""


class StorageError(PxbinError):
    """The database did not do what was asked."""


class DatabaseUnavailable(StorageError):
    """The database is away; it may come back."""


class MigrationError(StorageError):
    """A migration was changed after it was applied, failed, or is newer than this program."""


class ServerStartError(StorageError):
    """The embedded PostgreSQL could not be started."""


class ProtocolError(PxbinError):
    """Bytes that are not what their dialect says they are."""


class UnknownReference(ProtocolError):
    """A request points to something said earlier that is not known here; an upstream of its own dialect may know it.

    Attributes:
        param: the field that points to it.
        code: the vendor's own code for it, if there is one.
        status: the one that the vendor answers with.
    """

    def __init__(
        self, message: str, *, param: str, code: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.param = param
        self.code = code
        self.status = status


class UpstreamError(PxbinError):
    """The upstream did not answer as an upstream should; ``status`` is the HTTP status where it answered at all."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class UpstreamUnreachable(UpstreamError):
    """No connection could be made: DNS, refused, TLS."""


class UpstreamTimeout(UpstreamError):
    """Connected, but silent for too long."""


class UpstreamDisconnected(UpstreamError):
    """The connection broke in the middle of an answer."""


class UpstreamMisconfigured(UpstreamError):
    """The upstream's address or key cannot be used; nothing was sent."""
