"""AliasTable: which alias a name means, for whom; pure, an immutable snapshot.

The rules:

1. What is said for the key goes before what is said for the client, and that before a model of the very name (which is
   ``routing``'s to know); what is said for everyone comes last.
2. Among those of one rank the pattern with more letters of its own wins, then the one without ``*``, then the one that is
   said for more of the client's name.
3. An alias means a model, never another alias: there is no way around in a circle.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from pxbin_engine.gateway.name_pattern import ANY, NamePattern
from pxbin_engine.records import AliasRecord, KeyRecord


class AliasTable:
    """Every active alias, as they were when the table was built."""

    def __init__(self, aliases: Iterable[AliasRecord] = ()) -> None:
        compiled = [(NamePattern(a.pattern), a) for a in aliases if a.is_active]
        compiled.sort(key=lambda pair: _rank(*pair))
        self._personal = [pair for pair in compiled if is_personal(pair[1])]
        self._common = [pair for pair in compiled if not is_personal(pair[1])]
        self.key_ids = frozenset(alias.key_id for _, alias in compiled if alias.key_id)
        """The keys for which something is said."""

    def __bool__(self) -> bool:
        return bool(self._personal or self._common)

    def of_caller(
        self, names: Sequence[str], key_id: UUID | None, client: str
    ) -> AliasRecord | None:
        """What is said for this key or client about one of ``names``, which all stand for what the client said."""
        client = client.casefold()
        for pattern, alias in self._personal:
            if _concerns(alias, key_id, client) and any(map(pattern.matches, names)):
                return alias
        return None

    def of_everyone(self, names: Sequence[str]) -> AliasRecord | None:
        """What is said for everyone about one of ``names``."""
        for pattern, alias in self._common:
            if any(map(pattern.matches, names)):
                return alias
        return None

    def exact(self, key_id: UUID | None, client: str) -> frozenset[str]:
        """The names, without any ``*``, of which something is said for this key, this client or everyone."""
        return frozenset(
            pattern.text
            for pattern, alias in (*self._personal, *self._common)
            if pattern.is_exact and _concerns(alias, key_id, client.casefold())
        )


def is_personal(alias: AliasRecord) -> bool:
    """Whether it is said for a key or a client alone."""
    return alias.key_id is not None or alias.client != ""


def spoken(alias: AliasRecord, key: KeyRecord | None) -> str:
    """The alias for a person: ``the alias *opus* of Claude Code``."""
    if alias.key_id is not None:
        return f"the alias {alias.pattern} of the key {key.name if key else alias.key_id}"
    if alias.client:
        return f"the alias {alias.pattern} of {alias.client}"
    default = " (the default model)" if alias.pattern == ANY else ""
    return f"the alias {alias.pattern}{default}"


def _rank(pattern: NamePattern, alias: AliasRecord) -> tuple[bool, int, bool, int, str]:
    """By rule 2; the least comes first."""
    return (
        alias.key_id is None,
        -pattern.letters,
        not pattern.is_exact,
        -len(alias.client),
        pattern.text,
    )


def _concerns(alias: AliasRecord, key_id: UUID | None, client: str) -> bool:
    if alias.key_id is not None and alias.key_id != key_id:
        return False
    return client.startswith(alias.client.casefold())
