"""The steps of the first run, in order. No Qt here."""

from dataclasses import dataclass
from typing import Literal

StepName = Literal["address", "upstream", "client", "request"]


@dataclass(frozen=True, kw_only=True)
class StepWords:
    """What a step is called in the list, and what it is about."""

    title: str
    heading: str
    sentence: str


STEPS: dict[StepName, StepWords] = {
    "address": StepWords(
        title="Address and start-up",
        heading="pxbin stands between your clients and your models",
        sentence="Clients ask pxbin at this address; pxbin asks your upstreams, and shows every token and dollar.",
    ),
    "upstream": StepWords(
        title="Upstream",
        heading="Where should requests go?",
        sentence="Choose who serves your models. Your key stays on this machine.",
    ),
    "client": StepWords(
        title="Client",
        heading="Which client should use pxbin?",
        sentence="pxbin writes itself into the client’s settings file; the page Clients can take that back.",
    ),
    "request": StepWords(
        title="First request",
        heading="See a request arrive",
        sentence="Ask something in your client, or let pxbin send one small request.",
    ),
}

ORDER: tuple[StepName, ...] = tuple(STEPS)


def step_named(name: str) -> StepName:
    """The step of this name; the first one where it is none."""
    return next((step for step in ORDER if step == name), ORDER[0])


def after(step: StepName) -> StepName | None:
    """The step that follows; None after the last."""
    place = ORDER.index(step) + 1
    return ORDER[place] if place < len(ORDER) else None


def before(step: StepName) -> StepName | None:
    """The step before; None before the first."""
    place = ORDER.index(step)
    return ORDER[place - 1] if place else None
