"""Random cases of each check: the corpus, changed a little or much."""

import json
from random import Random

from pxbin_engine.protocol.dialects import DIALECTS, FORMATS
from tests.fuzz import seeds
from tests.fuzz.cases import Case
from tests.fuzz.mutation import mutate_bytes, mutate_json, mutate_stream

SEARCHES = {
    "anthropic_messages": {"type": "web_search_20250305", "name": "web_search"},
    "openai_responses": {"type": "web_search"},
    "gemini_generate": {"google_search": {}},
    "openai_chat": {"type": "web_search"},
}

_TIMES = (0, 1, 1, 1, 2, 2, 3, 5, 12)
_FEW_TIMES = (0, 0, 0, 0, 1, 2)


def make_case(check: str, random: Random) -> Case:
    """One input for a check."""
    kind, _, subject = check.partition("/")
    source, _, target = subject.partition(">")
    match kind:
        case "sse":
            body = _stream(random.choice(list(DIALECTS)), random)
            return Case(check, body, cuts=_cuts(body, random))
        case "peek":
            return Case(check, _request(random.choice(list(DIALECTS)), random, _TIMES))
        case "compact":
            return Case(check, _request("openai_responses", random, _TIMES))
        case "request" | "patch":
            return Case(check, _request(source, random, _TIMES))
        case "count":
            return Case(check, _request(FORMATS[source].name, random, _TIMES))
        case "answer":
            return Case(check, _answer(source, random))
        case "stream":
            body = _stream(source, random)
            return Case(check, body, cuts=_cuts(body, random))
        case "error":
            return _error(check, source, random)
        case "whole":
            return Case(check, _answer(target, random), asked=_streamed(source, random))
        case "search":
            body = _stream(target, random)
            return Case(check, body, _searching(source, random), _cuts(body, random))
        case _:
            body = _stream(target, random)
            return Case(check, body, _streamed(source, random), _cuts(body, random))


def _request(dialect: str, random: Random, times: tuple[int, ...]) -> bytes:
    bodies = seeds.requests(dialect)
    body = random.choice(bodies)
    if random.random() < 0.03:
        body = random.choice(seeds.requests(random.choice(list(DIALECTS))))
    if random.random() < 0.03:
        return mutate_bytes(body, random)
    return mutate_json(body, bodies, random, times=random.choice(times))


def _streamed(dialect: str, random: Random) -> bytes:
    """A client's request for a stream, mostly one that can be read."""
    if dialect == "gemini_generate":
        return _request(dialect, random, _FEW_TIMES)
    if dialect == "openai_responses":
        # its answer repeats tools and choice, right or wrong, and OpenAI's types know not all that can be chosen
        return _with(random.choice(seeds.requests(dialect)), stream=True, tool_choice="auto")
    return _with(_request(dialect, random, _FEW_TIMES), stream=True)


def _searching(dialect: str, random: Random) -> bytes:
    """A client's request to search the web."""
    return _with(_streamed(dialect, random), tools=[SEARCHES[dialect]])


def _with(body: bytes, **members: object) -> bytes:
    try:
        told = json.loads(body)
        text = json.dumps({**told, **members}) if isinstance(told, dict) else body.decode()
    except (ValueError, RecursionError):
        return body
    return text.encode("utf-8", "surrogatepass")


def _answer(dialect: str, random: Random) -> bytes:
    bodies = seeds.answers(dialect)
    body = random.choice(bodies)
    if random.random() < 0.03:
        body = random.choice(seeds.answers(random.choice(list(DIALECTS))))
    if random.random() < 0.03:
        return mutate_bytes(body, random)
    return mutate_json(body, bodies, random, times=random.choice(_TIMES))


def _stream(dialect: str, random: Random) -> bytes:
    streams = seeds.streams(dialect)
    if random.random() < 0.04:
        streams = [*streams, *seeds.streams(random.choice(list(DIALECTS)))]
    return mutate_stream(
        random.choice(streams), streams, random, times=random.choice((0, 1, 1, 2, 3, 6))
    )


def _error(check: str, dialect: str, random: Random) -> Case:
    known = seeds.errors(dialect)
    status, body = random.choice(known)
    if random.random() < 0.1:
        status = random.choice((400, 401, 403, 404, 413, 418, 429, 499, 500, 502, 503, 529, 599))
    headers = {}
    if random.random() < 0.3:
        name = random.choice(("retry-after", "retry-after-ms", "x-request-id", "content-type"))
        headers[name] = random.choice(
            (
                "1",
                "-1",
                "nan",
                "inf",
                "1e999",
                "9" * 400,
                "",
                "Wed, 21 Oct 2026 07:28:00 GMT",
                "x\ny",
                "é",
            )
        )
    if random.random() < 0.1:
        body = mutate_bytes(body, random)
    else:
        others = [told for _, told in known]
        body = mutate_json(body, others, random, times=random.choice(_TIMES))
    return Case(check, body, status=status, headers=headers)


def _cuts(body: bytes, random: Random) -> tuple[int, ...]:
    return tuple(sorted(random.randint(0, len(body)) for _ in range(random.choice((0, 1, 3, 7)))))
