"""The lessons of one request: taken one by one, kept only where they led to an answer."""

from uuid import UUID

from pxbin_engine.gateway.fallback import Failure
from pxbin_engine.gateway.routing import Target
from pxbin_engine.gateway.schooling import Schooling
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.lessons import MOST_LESSONS
from pxbin_engine.records import LearnedQuirk, UpstreamRecord
from tests.support.gateway import NOW, upstream_record

FIELDS = ("user", "top_k", "stop", "seed", "n")
SENT = b"{" + b",".join(b'"%b":1' % field.encode() for field in FIELDS) + b"}"


def target(number: int) -> Target:
    return Target(upstream_record(number, "http://u", "openai"), "m", keys=())


def refusal(field: str) -> Failure:
    return Failure(
        "answer", ApiError("invalid_request", 400, f"Unknown parameter: '{field}'."), 400
    )


class School(Schooling):
    """Remembers what was told."""

    def __init__(self) -> None:
        self.told: list[tuple[UUID, list[str]]] = []
        super().__init__(self._hear, NOW)

    def _hear(self, upstream: UpstreamRecord, quirks: tuple[LearnedQuirk, ...]) -> None:
        self.told.append((upstream.id, [quirk.description for quirk in quirks]))

    def learn(self, field: str) -> bool:
        lesson = self.lesson_of(refusal(field), SENT, verbatim=False)
        if lesson is not None:
            self.take(lesson, refusal(field))
        return lesson is not None


def test_what_a_target_taught_is_told_once_it_answered() -> None:
    school = School()
    school.begin(target(1))
    assert school.learn("user")
    assert school.learn("top_k")
    assert school.quirks.dropped_fields == ("user", "top_k")
    assert school.told == []
    school.answered()
    assert school.told == [(UUID(int=1), ["does not take `user`", "does not take `top_k`"])]


def test_another_target_begins_anew() -> None:
    school = School()
    school.begin(target(1))
    assert school.learn("user")
    school.begin(target(2))
    assert school.quirks.dropped_fields == ()
    school.answered()
    assert school.told == []


def test_enough_is_learned_of_one_request_from_all_its_targets() -> None:
    school = School()
    school.begin(target(1))
    assert all(school.learn(field) for field in FIELDS[:2])
    school.begin(target(2))
    assert [school.learn(field) for field in FIELDS[2:]] == [True, False, False]
    assert MOST_LESSONS == 3


def test_what_was_never_sent_teaches_nothing() -> None:
    school = School()
    school.begin(target(1))
    assert school.lesson_of(refusal("user"), b"", verbatim=False) is None
    broken = Failure("bad_answer", refusal("user").error, 200)
    assert school.lesson_of(broken, SENT, verbatim=False) is None
