"""RoutingTable: a model's name -> the targets that serve it, in order; an immutable snapshot."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from multidict import CIMultiDict

from pxbin_engine.errors import SecretError
from pxbin_engine.protocol.lessons import learned
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks, quirks_for
from pxbin_engine.records import ModelRecord, TargetRecord, UpstreamRecord

WINDOW_SUFFIX = "[1m]"
"""Claude Code's mark for the 1M window on a model's name; it takes it off on the wire, other clients may not."""

CLAUDE_PREFIX = "claude-"
"""What the list of models puts before names that Claude Code would drop from it; see ``server.model_listing``."""

WIDE_WINDOW = "context-1m-2025-08-07"
"""Anthropic's beta for it (https://platform.claude.com/docs/en/build-with-claude/context-windows)."""


class Target(Struct, frozen=True):
    """One place to send to.

    Attributes:
        key_error: why its key cannot be read; then nothing is sent there.
        quirks: how this upstream deviates for this model, its limit of output tokens included.
    """

    upstream: UpstreamRecord
    upstream_model: str
    api_key: str | None
    key_error: str | None = None
    quirks: Quirks = DEFAULT_QUIRKS

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


class RoutingTable:
    """Every active model with its active targets, as they were when the table was built."""

    def __init__(self, routes: Mapping[str, Route]) -> None:
        self._routes = dict(routes)

    @classmethod
    def build(
        cls,
        models: Iterable[ModelRecord],
        upstreams: Iterable[UpstreamRecord],
        secrets: Mapping[UUID, "str | SecretError | None"],
    ) -> "RoutingTable":
        """Join the three; ``secrets`` holds each upstream's key, what kept it from being read, or None for no key.

        Targets are ordered by their own priority, then by their upstream's, then as the model lists them.
        """
        active = {upstream.id: upstream for upstream in upstreams if upstream.is_active}
        return cls(
            {
                model.name: Route(model, tuple(_targets(model, active, secrets)))
                for model in models
                if model.is_active
            }
        )

    def resolve(self, name: str) -> Route | None:
        """The route for the name that a client said, or None; a model of that very name goes before what it may stand for."""
        route = self._routes.get(name) or self._routes.get(name.removeprefix(CLAUDE_PREFIX))
        if route is None and name.endswith(WINDOW_SUFFIX):
            route = self.resolve(name.removesuffix(WINDOW_SUFFIX))
            return replace(route, wide=True) if route else None
        return route

    @property
    def names(self) -> tuple[ModelRecord, ...]:
        """The models that can be named, by name."""
        return tuple(self._routes[name].model for name in sorted(self._routes))


def with_wide_window(headers: Mapping[str, str]) -> Mapping[str, str]:
    """A client's headers with the beta for the window of a million; only Anthropic upstreams are ever sent it."""
    betas = [beta.strip() for beta in headers.get("anthropic-beta", "").split(",") if beta.strip()]
    if WIDE_WINDOW in betas:
        return headers
    wide = CIMultiDict(headers)
    wide["anthropic-beta"] = ",".join((*betas, WIDE_WINDOW))
    return wide


def _targets(
    model: ModelRecord,
    active: Mapping[UUID, UpstreamRecord],
    secrets: Mapping[UUID, "str | SecretError | None"],
) -> Iterator[Target]:
    known = [target for target in model.targets if target.upstream_id in active]
    for target in sorted(known, key=lambda t: (t.priority, active[t.upstream_id].priority)):
        upstream = active[target.upstream_id]
        secret = secrets.get(upstream.id)
        yield Target(
            upstream,
            target.upstream_model,
            api_key=secret if isinstance(secret, str) else None,
            key_error=secret.message if isinstance(secret, SecretError) else None,
            quirks=_quirks(model, upstream, target),
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
