"""RoutingTable: the name that a client said -> the model that it means, and the targets that serve it; an immutable snapshot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from multidict import CIMultiDict

from pxbin_engine.errors import SecretError
from pxbin_engine.gateway.aliases import AliasTable
from pxbin_engine.gateway.key_pool import UpstreamKey, keys_of
from pxbin_engine.gateway.name_pattern import may_use
from pxbin_engine.protocol.lessons import learned
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks, quirks_for
from pxbin_engine.records import AliasRecord, KeyRecord, ModelRecord, TargetRecord, UpstreamRecord

WINDOW_SUFFIX = "[1m]"
"""Claude Code's mark for the 1M window on a model's name; it takes it off on the wire, other clients may not."""

CLAUDE_PREFIX = "claude-"
"""What the list of models puts before names that Claude Code would drop from it; see ``server.model_listing``."""

WIDE_WINDOW = "context-1m-2025-08-07"
"""Anthropic's beta for it (https://platform.claude.com/docs/en/build-with-claude/context-windows)."""

_MOST_MEANINGS = 4096
_LONGEST_KEPT = 256
"""Characters of a name or a client whose meaning is kept; both are the client's to choose."""


class Target(Struct, frozen=True):
    """One place to send to.

    Attributes:
        keys: those that a request may use, at least one; see ``key_pool``.
        quirks: how this upstream deviates for this model, its limit of output tokens included.
        priority, weight: as ``TargetRecord`` has them.
    """

    upstream: UpstreamRecord
    upstream_model: str
    keys: tuple[UpstreamKey, ...]
    quirks: Quirks = DEFAULT_QUIRKS
    priority: int = 0
    weight: int = 1

    def __repr__(self) -> str:
        return f"Target({self.upstream.name!r} {self.upstream_model!r})"


class Route(Struct, frozen=True):
    """A model and its targets, the first to try first; may be empty where every upstream is switched off.

    Attributes:
        wide: the client asked for the window of a million tokens, by the mark on the name.
    """

    model: ModelRecord
    targets: tuple[Target, ...]
    wide: bool = False


class Meaning(Struct, frozen=True):
    """What a name means for one client: ``route`` is None where there is no such model, or it is switched off."""

    route: Route | None
    alias: AliasRecord | None = None


class RoutingTable:
    """Every active model with its active targets and every alias, as they were when the table was built.

    Attributes:
        upstreams: all of them, by id, those that are switched off too.
        secrets: every key that requests may be sent with.
    """

    def __init__(
        self,
        routes: Mapping[str, Route],
        aliases: AliasTable | None = None,
        *,
        switched_off: Iterable[str] = (),
        upstreams: Iterable[UpstreamRecord] = (),
        secrets: Iterable[str] = (),
    ) -> None:
        self._routes = dict(routes)
        self._aliases = aliases or AliasTable()
        self._switched_off = frozenset(switched_off)
        self._meanings: dict[tuple[str, UUID | None, str], Meaning] = {}
        self.upstreams: Mapping[UUID, UpstreamRecord] = {each.id: each for each in upstreams}
        self.secrets = frozenset(secrets)

    @classmethod
    def build(
        cls,
        models: Sequence[ModelRecord],
        upstreams: Sequence[UpstreamRecord],
        secrets: Mapping[UUID, "str | SecretError"],
        aliases: Iterable[AliasRecord] = (),
    ) -> "RoutingTable":
        """Join them; ``secrets`` holds each of the upstreams' keys by its id, or what kept it from being read.

        Targets are ordered by their own priority, then by their upstream's, then as the model lists them.
        """
        active = {upstream.id: upstream for upstream in upstreams if upstream.is_active}
        return cls(
            {
                model.name: Route(model, tuple(_targets(model, active, secrets)))
                for model in models
                if model.is_active
            },
            AliasTable(aliases),
            switched_off=(model.name for model in models if not model.is_active),
            upstreams=upstreams,
            secrets=(known for known in secrets.values() if isinstance(known, str)),
        )

    def meaning(self, name: str, key_id: UUID | None = None, client: str = "") -> Meaning:
        """What ``name`` means for this key and client, by the order that ``AliasRecord`` tells."""
        if not self._aliases:
            return Meaning(self._of_that_name(name))
        asked = (name, key_id if key_id in self._aliases.key_ids else None, client)
        known = self._meanings.get(asked)
        if known is None:
            known = self._find_meaning(*asked)
            if len(self._meanings) >= _MOST_MEANINGS:
                self._meanings.clear()
            if len(name) <= _LONGEST_KEPT and len(client) <= _LONGEST_KEPT:
                self._meanings[asked] = known
        return known

    def resolve(self, name: str, key_id: UUID | None = None, client: str = "") -> Route | None:
        """The route that ``name`` means, or None."""
        return self.meaning(name, key_id, client).route

    def is_switched_off(self, model: str) -> bool:
        """Whether there is a model of this name that is not served now."""
        return model in self._switched_off

    @property
    def names(self) -> tuple[ModelRecord, ...]:
        """The models that can be named, by name."""
        return tuple(self._routes[name].model for name in sorted(self._routes))

    def offered(self, key: KeyRecord | None, client: str = "") -> tuple[ModelRecord, ...]:
        """What this key and client may ask for, by name: models and aliases without ``*``, each as the model that it means."""
        names = self._routes.keys() | self._aliases.exact(key.id if key else None, client)
        found = (self.find_offered(name, key, client) for name in names)
        offered = {model.name: model for model in found if model is not None}
        return tuple(offered[name] for name in sorted(offered))

    def find_offered(
        self, name: str, key: KeyRecord | None, client: str = ""
    ) -> ModelRecord | None:
        """The model that ``name`` means, under its own name or the alias's; None where this key may use none."""
        meaning = self.meaning(name, key.id if key else None, client)
        if meaning.route is None or not may_use(key, meaning.route.model.name):
            return None
        model = meaning.route.model
        return replace(model, name=name) if meaning.alias else model

    def _find_meaning(self, name: str, key_id: UUID | None, client: str) -> Meaning:
        names = _spellings(name)
        alias = self._aliases.of_caller(names, key_id, client)
        if alias is None:
            if route := self._of_that_name(name):
                return Meaning(route)
            alias = self._aliases.of_everyone(names)
        if alias is None:
            return Meaning(None)
        route = self._routes.get(alias.model)
        if route and name.endswith(WINDOW_SUFFIX) and not alias.pattern.endswith(WINDOW_SUFFIX):
            route = replace(route, wide=True)
        return Meaning(route, alias)

    def _of_that_name(self, name: str) -> Route | None:
        """The model of the name that a client said; one of that very name goes before what it may stand for."""
        route = self._routes.get(name) or self._routes.get(name.removeprefix(CLAUDE_PREFIX))
        if route is None and name.endswith(WINDOW_SUFFIX):
            route = self._of_that_name(name.removesuffix(WINDOW_SUFFIX))
            return replace(route, wide=True) if route else None
        return route


def with_wide_window(headers: Mapping[str, str]) -> Mapping[str, str]:
    """A client's headers with the beta for the window of a million; only Anthropic upstreams are ever sent it."""
    betas = [beta.strip() for beta in headers.get("anthropic-beta", "").split(",") if beta.strip()]
    if WIDE_WINDOW in betas:
        return headers
    wide = CIMultiDict(headers)
    wide["anthropic-beta"] = ",".join((*betas, WIDE_WINDOW))
    return wide


def _spellings(name: str) -> tuple[str, ...]:
    """What a client may mean by ``name``: that very name first, then without the marks that were put on it."""
    stem = name.removesuffix(WINDOW_SUFFIX)
    spellings = (name, name.removeprefix(CLAUDE_PREFIX), stem, stem.removeprefix(CLAUDE_PREFIX))
    return tuple(dict.fromkeys(spellings))


def _targets(
    model: ModelRecord,
    active: Mapping[UUID, UpstreamRecord],
    secrets: Mapping[UUID, "str | SecretError"],
) -> Iterator[Target]:
    known = [target for target in model.targets if target.upstream_id in active]
    for target in sorted(known, key=lambda t: (t.priority, active[t.upstream_id].priority)):
        upstream = active[target.upstream_id]
        yield Target(
            upstream,
            target.upstream_model,
            keys=keys_of(upstream, secrets),
            quirks=_quirks(model, upstream, target),
            priority=target.priority,
            weight=target.weight,
        )


def _quirks(model: ModelRecord, upstream: UpstreamRecord, target: TargetRecord) -> Quirks:
    """What is known of the vendor, what its refusals taught, and the limit that the person set."""
    quirks = quirks_for(upstream.base_url, target.upstream_model, upstream.preset)
    for lesson in upstream.learned:
        if lesson.upstream_model == target.upstream_model:
            quirks = learned(quirks, lesson.quirk, lesson.value)
    if model.max_output_tokens is not None:
        quirks = learned(quirks, "max_output_tokens", model.max_output_tokens)
    return quirks


EMPTY = RoutingTable({})
