"""Explain: where a request would go and why, without it being sent; pure, takes nothing from any limit.

It asks the same functions as a request does (``door.routed``, ``affinity.ranked``), so that it cannot tell another story.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from pxbin_engine.gateway import affinity
from pxbin_engine.gateway.aliases import spoken
from pxbin_engine.gateway.door import Refused, routed
from pxbin_engine.gateway.routing import Meaning, Route, RoutingTable, Target
from pxbin_engine.records import (
    ExplainedTarget,
    Explanation,
    KeyRecord,
    ModelRecord,
    TargetState,
    UpstreamFormat,
)


class Question(Struct, frozen=True, kw_only=True):
    """A request that might come: the name that it says, and who says it in which dialect."""

    model: str
    key: KeyRecord | None = None
    client: str = ""
    session_id: str = ""
    format: UpstreamFormat = "anthropic"


class Standing(Struct, frozen=True):
    """Whether a target can be tried now; ``reason`` says what keeps it from that."""

    state: TargetState = "ready"
    reason: str = ""


class Present(Protocol):
    """What only a running engine knows, and only of this moment. Nothing is taken by asking."""

    def refusal_at_door(self, question: Question) -> str:
        """Why it would be refused before its model is looked at: paused, a limit used up; empty where it would not."""
        ...

    def refusal_by_budget(self, question: Question, model: ModelRecord) -> str:
        """Which budget is used up; empty where none is."""
        ...

    def standing(self, target: Target) -> Standing:
        """How a target is."""
        ...


def explain(
    question: Question, table: RoutingTable, present: Present | None, *, now: datetime
) -> Explanation:
    """Where a request would go.

    Args:
        present: None where nobody serves: then the state of circuits, keys, limits and budgets is not told.
        now: by the wall clock.
    """
    key = question.key
    meaning = table.meaning(question.model, key.id if key else None, question.client)
    refusals = list(_refusals(question, table, meaning, present, now))
    route = meaning.route
    return Explanation(
        asked_model=question.model,
        model=route.model.name if route else None,
        alias=meaning.alias,
        steps=tuple(_steps(question, meaning, present)),
        refusal=refusals[0] if refusals else "",
        targets=(*_tried(question, route, present), *_switched_off(route, table)) if route else (),
    )


def _refusals(
    question: Question,
    table: RoutingTable,
    meaning: Meaning,
    present: Present | None,
    now: datetime,
) -> Iterator[str]:
    """What is in the way, in the order in which a request meets it."""
    if question.key is not None and (unusable := _unusable(question.key, now)):
        yield unusable
    if present is not None and (refusal := present.refusal_at_door(question)):
        yield refusal
    try:
        route = routed(table, meaning, question.model, question.key)
    except Refused as refused:
        yield refused.error.message
        return
    if present is not None and (refusal := present.refusal_by_budget(question, route.model)):
        yield refusal


def _unusable(key: KeyRecord, now: datetime) -> str:
    if key.type != "llm":
        return f"The key {key.name!r} is for the management API, not for models."
    if not key.is_active:
        return f"The key {key.name!r} was revoked."
    if key.expires_at is not None and key.expires_at <= now:
        return f"The key {key.name!r} has expired."
    return ""


def _steps(question: Question, meaning: Meaning, present: Present | None) -> Iterator[str]:
    route, alias, asked = meaning.route, meaning.alias, question.model
    if alias is not None:
        of_whom = spoken(alias, question.key)
        yield f"{asked!r} means {alias.model!r}, by {of_whom}."
    elif route is not None and asked == route.model.name:
        yield f"{asked!r} is the name of a model."
    elif route is not None:
        yield f"{asked!r} means the model {route.model.name!r}, which lists offer by this name too."
    else:
        yield f"No model and no alias has the name {asked!r}."
    if route is None:
        return
    if route.wide:
        yield "Its mark [1m] asks for the window of a million tokens."
    if question.key is not None and question.key.allowed_models:
        yield f"The key {question.key.name!r} may use: {', '.join(question.key.allowed_models)}."
    if sharing := affinity.sharing(route.targets, by_session=bool(question.session_id)):
        yield f"Which target goes first: {sharing}."
    if present is None:
        yield "Circuits, resting keys, limits and budgets are known to a running engine only, and are left out."


def _tried(question: Question, route: Route, present: Present | None) -> Iterator[ExplainedTarget]:
    """The targets that are switched on, in their order; without a session the likelier go first."""
    if question.session_id:
        targets: Sequence[Target] = affinity.ranked(route.targets, question.session_id)
    else:
        targets = sorted(route.targets, key=lambda t: (affinity.priority(t), -t.weight))
    tried_before = False
    for target in targets:
        standing = present.standing(target) if present else Standing()
        is_ready = standing.state == "ready"
        turn = "Tried if those before it fail." if tried_before else "Tried first."
        why = turn if is_ready else f"Not tried now: {standing.reason.rstrip('.')}."
        tried_before = tried_before or is_ready
        yield ExplainedTarget(
            upstream_id=target.upstream.id,
            upstream_name=target.upstream.name,
            upstream_model=target.upstream_model,
            priority=target.priority,
            weight=target.weight,
            state=standing.state,
            reason=f"{why} {_place(target, targets, by_session=bool(question.session_id))}",
            verbatim=target.upstream.format == question.format,
        )


def _place(target: Target, targets: Sequence[Target], *, by_session: bool) -> str:
    """Why a target stands where it does."""
    sharers = [t for t in targets if affinity.priority(t) == affinity.priority(target)]
    if len(sharers) < 2:
        return f"Priority {target.priority}."
    share = target.weight / sum(sharer.weight for sharer in sharers)
    how = "placed by the session" if by_session else "placed by chance for each request"
    return (
        f"Priority {target.priority}, shared by {len(sharers)}; {share:.0%} go here first, {how}."
    )


def _switched_off(route: Route, table: RoutingTable) -> Iterator[ExplainedTarget]:
    for target in route.model.targets:
        upstream = table.upstreams.get(target.upstream_id)
        if upstream is not None and not upstream.is_active:
            yield ExplainedTarget(
                upstream_id=upstream.id,
                upstream_name=upstream.name,
                upstream_model=target.upstream_model,
                priority=target.priority,
                weight=target.weight,
                state="switched_off",
                reason="Not tried: the upstream is switched off.",
            )
