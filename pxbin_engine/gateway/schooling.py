"""Schooling: what the targets' refusals teach in the course of one request, kept only where it led to an answer."""

from datetime import datetime

from pxbin_engine.gateway.exchange import storable
from pxbin_engine.gateway.fallback import Failure
from pxbin_engine.gateway.patience import OnLearned
from pxbin_engine.gateway.routing import Target
from pxbin_engine.protocol.lessons import MOST_LESSONS, Lesson, learned, lesson_of
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.records import LearnedQuirk

_LONGEST_SAID = 500


class Schooling:
    """The lessons of one request.

    Args:
        on_learned: told what a target has taught, once it answered.
        now: when the request came.

    Attributes:
        quirks: of the present target, with what it has taught so far.
    """

    def __init__(self, on_learned: OnLearned, now: datetime) -> None:
        self.quirks: Quirks = DEFAULT_QUIRKS
        self._on_learned = on_learned
        self._now = now
        self._lessons = 0
        self._target: Target | None = None
        self._taught: list[LearnedQuirk] = []

    def begin(self, target: Target) -> None:
        """Another target: what was learned of the one before is not held against it."""
        self.quirks, self._target, self._taught = target.quirks, target, []

    def lesson_of(self, failure: Failure, sent: bytes, *, verbatim: bool) -> Lesson | None:
        """What the target's answer to ``sent`` teaches; None where enough was learned."""
        if not sent or failure.kind != "answer" or self._lessons == MOST_LESSONS:
            return None
        return lesson_of(failure.error, self.quirks, sent, verbatim=verbatim)

    def take(self, lesson: Lesson, failure: Failure) -> None:
        """The next attempt is made with it."""
        self._lessons += 1
        self.quirks = learned(self.quirks, lesson.quirk, lesson.value)
        if lesson.lasting and self._target is not None:
            self._taught.append(self._kept(lesson, failure, self._target))

    def answered(self) -> None:
        """The target answered: what it taught is true."""
        if self._taught and self._target is not None:
            self._on_learned(self._target.upstream, tuple(self._taught))

    def _kept(self, lesson: Lesson, failure: Failure, target: Target) -> LearnedQuirk:
        return LearnedQuirk(
            upstream_model=target.upstream_model,
            quirk=lesson.quirk,
            value=lesson.value,
            description=lesson.description,
            said=storable(failure.error.message)[:_LONGEST_SAID],
            learned_at=self._now,
        )
