"""Quick routes: to which model everything of Claude Code goes, and every name that nobody knows; kept as aliases.

Rules:
1. Claude Code's quick route is two of its aliases, ``claude-*`` and ``*``. The first has more letters than ``*opus*`` and
   its like, so it goes before what the page Models says of these, and taking it away brings that back.
2. The other route is the default model: the alias ``*`` for everyone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_engine.events import EngineStateChanged
from pxbin_engine.records import AliasRecord, ModelRecord

CLAUDE_CODE = "Claude Code"
EVERYONE = ""
CALLERS = (CLAUDE_CODE, EVERYONE)
"""For whom there is a quick route: a client's name, or everyone."""

_PATTERNS: Mapping[str, tuple[str, ...]] = {CLAUDE_CODE: ("claude-*", "*"), EVERYONE: ("*",)}
_FOLLOWED = frozenset({"aliases", "models", "all"})


@dataclass(frozen=True, kw_only=True)
class Routes:
    """What can be chosen, and what is.

    Attributes:
        models: the names of the models that can be served, in order.
        chosen: caller -> the model that its quick route leads to; empty: it has none.
    """

    models: tuple[str, ...] = ()
    chosen: Mapping[str, str]


NO_ROUTES = Routes(chosen=dict.fromkeys(CALLERS, ""))


def routes_of(models: Sequence[ModelRecord], aliases: Sequence[AliasRecord]) -> Routes:
    """The quick routes that these aliases are."""
    served = sorted(model.name for model in models if model.is_active and model.targets)
    return Routes(
        models=tuple(served), chosen={caller: _chosen(caller, aliases) for caller in CALLERS}
    )


def _chosen(caller: str, aliases: Sequence[AliasRecord]) -> str:
    means = {one.pattern: one.model for one in _of(caller, aliases) if one.is_active}
    models = {means.get(pattern, "") for pattern in _PATTERNS[caller]}
    return models.pop() if len(models) == 1 else ""


def _of(caller: str, aliases: Sequence[AliasRecord]) -> list[AliasRecord]:
    return [one for one in aliases if one.key_id is None and one.client == caller]


class ModelRoutes(QObject):
    """Follows the bridge.

    Signals:
        changed: the ``Routes`` as they are now.
        failed: why a route could not be changed.
    """

    changed = Signal(object)
    failed = Signal(str)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        bridge.configuration.connect(self._on_configuration)
        bridge.state.connect(self._on_state)

    def choose(self, caller: str, model: str) -> None:
        """Let everything of ``caller`` go to ``model``; an empty one takes the quick route away."""
        if self._bridge.ready:
            run_action(
                self._set(caller, model or None),
                name="routes.choose",
                failed=self._say_failed,
            )

    def refresh(self) -> None:
        """Ask what the routes are now."""
        if self._bridge.ready:
            run_action(
                self._read(),
                name="routes.read",
                done=self.changed.emit,
                failed=lambda _reason: None,  # the database is away: what is shown stays
            )

    async def _read(self) -> Routes:
        engine = self._bridge.engine
        return routes_of(await engine.models.list(), await engine.aliases.list())

    async def _set(self, caller: str, model: str | None) -> None:
        aliases = self._bridge.engine.aliases
        if caller != EVERYONE:
            await aliases.set_client_map(caller, dict.fromkeys(_PATTERNS[caller], model))
            return
        for pattern in _PATTERNS[caller]:
            known = {one.pattern: one.id for one in _of(caller, await aliases.list())}
            await self._set_common(pattern, model, known.get(pattern))

    async def _set_common(self, pattern: str, model: str | None, known: UUID | None) -> None:
        aliases = self._bridge.engine.aliases
        if model is None:
            if known is not None:
                await aliases.delete(known)
        elif known is None:
            await aliases.create(pattern=pattern, model=model)
        else:
            await aliases.update(known, model=model, is_active=True)

    def _say_failed(self, reason: str) -> None:
        self.failed.emit(reason)
        self.refresh()  # the menu ticked already what was chosen

    def _on_configuration(self, what: str) -> None:
        if what in _FOLLOWED:
            self.refresh()

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state == "running":
            self.refresh()
