"""The log's language: what is understood, and what is said of the rest."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.admin.log_query import LONGEST_QUERY, MOST_TERMS, parse, strictly
from pxbin_engine.admin.log_words import WORDS, quoted
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import Alternative, Condition, FilterWord, ParsedQuery, RequestFilter

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def read(text: str) -> ParsedQuery:
    return parse(text, now=NOW)


def has(word: FilterWord, *parts: str, negated: bool = False) -> Condition:
    return Condition(word, tuple(Alternative("has", part) for part in parts), negated)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("", ()),
        ("   ", ()),
        ("glm", (has("text", "glm"),)),
        ('"timed out"', (has("text", "timed out"),)),
        ("timed out", (has("text", "timed"), has("text", "out"))),
        ("a,b", (has("text", "a,b"),)),
        ("qwen3-coder:30b", (has("text", "qwen3-coder:30b"),)),
        ("don't", (has("text", "don't"),)),
        ("model:glm", (has("model", "glm"),)),
        ("Model:GLM key:laptop", (has("model", "GLM"), has("key", "laptop"))),
        ("model:qwen3:30b", (has("model", "qwen3:30b"),)),
        ("model:glm,gpt", (has("model", "glm", "gpt"),)),
        ("-model:glm,gpt", (has("model", "glm", "gpt", negated=True),)),
        ('-"timed out"', (has("text", "timed out", negated=True),)),
        ('key:"my laptop"', (has("key", "my laptop"),)),
        ("key:'my laptop' glm", (has("key", "my laptop"), has("text", "glm"))),
        ('key:"a, b",c,"d"', (has("key", "a, b", "c", "d"),)),
        (r'key:"say \"x\" \\"', (has("key", 'say "x" \\'),)),
        ('text:"x" asked:opus', (has("text", "x"), has("asked", "opus"))),
        ("model:a model:b", (has("model", "a"), has("model", "b"))),
        ("  model:glm\t\nupstream:z.ai ", (has("model", "glm"), has("upstream", "z.ai"))),
    ],
)
def test_terms(text: str, conditions: tuple[Condition, ...]) -> None:
    assert read(text) == ParsedQuery(filter=RequestFilter(conditions=conditions))


@pytest.mark.parametrize(
    ("text", "position", "length", "reason", "suggestion"),
    [
        ("glm cots:>1 x", 4, 7, "“cots:” is no filter", "cost:"),
        ("foo:bar", 0, 7, "“foo:” is no filter; there are model, asked,", '"foo:bar", as text'),
        ("http://x", 0, 8, "“http:” is no filter", '"http://x", as text'),
        ("a model:", 2, 6, "“model:” needs a value", ""),
        ("model:a,,b", 0, 10, "“model:a,,b” needs a value", ""),
        ('model:""', 0, 8, "needs a value", ""),
        ("-", 0, 1, "“-” needs a value", ""),
        ("status:bad", 0, 10, "“status:bad” is no status", ""),
        ("status:9xx", 0, 10, "“status:9xx” is no status", ""),
        ("format:soap", 0, 11, "“format:soap” is none of anthropic, messages,", ""),
        ("format:message", 0, 14, "is none of", "format:messages"),
        ("outcome:upstrem_error", 0, 21, "is none of ok,", "outcome:upstream_error"),
        ("stream:maybe", 0, 12, "is none of yes, true, no, false", ""),
        ("cost:cheap", 0, 10, "“cost:cheap” is no amount", ""),
        ("cost:>-1", 0, 8, "is no amount", ""),
        ("tokens:many", 0, 11, "is no number", ""),
        ("latency:>2", 0, 10, "is no duration", "latency:>2ms or latency:>2s"),
        ("latency:2s", 0, 10, "fits next to nothing", "latency:>2s"),
        ("since:soon", 0, 10, "“soon” is no time", ""),
        ("since:2h,3h", 0, 11, "“since:” takes one value", ""),
        ("since:999999999w", 0, 16, "is no time", ""),
        ('key:"my', 0, 7, "is not closed", ""),
        ('"a\0b"', 0, 5, "cannot be shown", ""),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told_with_its_place(
    text: str, position: int, length: int, reason: str, suggestion: str
) -> None:
    (problem,) = read(text).problems
    assert (problem.position, problem.length) == (position, length)
    assert reason in problem.reason
    assert problem.suggestion == suggestion
    assert (f"Did you mean {suggestion}?" in problem.sentence) == bool(suggestion)


def test_the_rest_still_counts() -> None:
    query = read('cots:>1 client:codex key:"my la')
    assert query.filter.conditions == (has("client", "codex"), has("key", "my la"))
    assert len(query.problems) == 2


def test_who_wants_all_of_it_understood_is_told_the_first_problem() -> None:
    assert strictly(read("model:glm")) == read("model:glm").filter
    with pytest.raises(
        InvalidInput, match=r"^At character 5: “cots:” is no filter. Did you mean cost:\?$"
    ) as refused:
        strictly(read("glm cots:>1 status:x"))
    assert refused.value.field == "q"


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("since:2h", NOW - timedelta(hours=2), None),
        ("since:2h since:90m", NOW - timedelta(minutes=90), None),
        ("until:1d until:2d", None, NOW - timedelta(days=2)),
        ("-since:1w", None, NOW - timedelta(weeks=1)),
        ("-until:1w", NOW - timedelta(weeks=1), None),
        ("since:today", datetime(2026, 11, 22, 23, tzinfo=UTC), None),
        ("since:yesterday until:today", datetime(2026, 11, 21, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)),
        ("since:2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC), None),
        ("since:2026-11-01T18:00", datetime(2026, 11, 1, 17, tzinfo=UTC), None),
        ("until:2026-11-01T18:00Z", None, datetime(2026, 11, 1, 18, tzinfo=UTC)),
        ("until:2026-11-01T18:00+05:30", None, datetime(2026, 11, 1, 12, 30, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_times(text: str, since: datetime | None, until: datetime | None) -> None:
    query = parse(text, now=NOW, zone=ZoneInfo("Europe/Berlin"))
    assert query == ParsedQuery(filter=RequestFilter(since=since, until=until))


def test_a_query_is_bounded() -> None:
    assert "characters" in read("a" * (LONGEST_QUERY + 1)).problems[0].reason
    query = read(" ".join(["model:m"] * (MOST_TERMS + 9)))
    assert len(query.filter.conditions) == MOST_TERMS
    assert [problem.reason for problem in query.problems] == [
        f"A query has at most {MOST_TERMS} terms."
    ]


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1))
def test_any_value_can_be_said(value: str) -> None:
    if not value.isprintable() or len(value) > 500:
        return
    assert read(f"session:{quoted(value)}") == ParsedQuery(
        filter=RequestFilter(conditions=(Condition("session", (Alternative("is", value),)),))
    )


@given(st.text(alphabet=[*"abmodel:-,\"'\\>=<4 xsince2h\n\0é"]))
def test_any_text_is_understood_or_told(text: str) -> None:
    query = read(text)
    for problem in query.problems:
        assert 0 <= problem.position < len(text)
        assert problem.position + problem.length <= len(text)
    if text.strip() and not query.problems:
        assert query.filter != RequestFilter()


@pytest.mark.parametrize("word", WORDS)
def test_the_example_of_every_word_is_understood(word: str) -> None:
    query = read(f"{word}:{WORDS[word].example}")
    assert query.problems == ()
    assert query.filter != RequestFilter()
