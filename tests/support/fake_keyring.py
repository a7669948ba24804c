"""An OS keyring in memory."""

from pxbin_engine.errors import SecretStoreUnavailable
from pxbin_engine.storage.os_keyring import OsKeyring


class FakeKeyring(OsKeyring):
    """Entries in a dict; ``broken`` says why it does not answer. The real one is in test_os_keyring."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, str] = {}
        self.broken = ""

    def _check(self) -> None:
        if self.broken:
            raise SecretStoreUnavailable(self.broken)

    async def probe(self) -> str:
        self._check()
        return "test keyring"

    async def set(self, account: str, secret: str) -> None:
        self._check()
        self.entries[account] = secret

    async def get(self, account: str) -> str | None:
        self._check()
        return self.entries.get(account)

    async def delete(self, account: str) -> None:
        self._check()
        self.entries.pop(account, None)
