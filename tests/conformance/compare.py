"""What an upstream was asked and a client saw against what a case wants; each difference is one line."""

from collections.abc import Iterable
from typing import Any

from tests.conformance.case import AnyOrder, Asked, Case, Client, Error, Seen
from tests.conformance.material import ANSWER, MAX_TOKENS


def compare_asked(case: Case, asked: Asked, *, stream: bool) -> Iterable[str]:
    """What is wrong with what the upstream was asked."""
    wanted = {"stream": stream, "max_tokens": MAX_TOKENS, **case.asked}
    for name, value in wanted.items():
        found = getattr(asked, name)
        if not (_said(found, value) if name == "said" else found == value):
            yield f"the upstream was asked with {name} = {found!r}, not {value!r}"


def _said(found: list[Any], wanted: list[Any]) -> bool:
    """``...`` stands for any number of parts, or for any text."""
    if not wanted:
        return not found
    first, rest = wanted[0], wanted[1:]
    if first is ...:
        return any(_said(found[at:], rest) for at in range(len(found) + 1))
    if isinstance(first, AnyOrder):
        count = len(first)
        matched = all(any(_alike(part, want) for part in found[:count]) for want in first)
        return matched and len(found) >= count and _said(found[count:], rest)
    return bool(found) and _alike(found[0], first) and _said(found[1:], rest)


def _alike(part: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    return len(part) == len(wanted) and all(
        want is ... or want == got for got, want in zip(part, wanted, strict=True)
    )


def compare_seen(case: Case, client: Client, upstream: str, seen: Seen) -> Iterable[str]:
    """What is wrong with what the client saw, where it should have seen an answer."""
    if seen.error is not None:
        yield f"the client got an error: {seen.error}"
        return
    for name, value in case.seen.items():
        if (found := getattr(seen, name)) != value:
            yield f"the client saw {name} = {found!r}, not {value!r}"
    if case.stop and seen.stop not in client.stops[case.stop]:
        yield f"the client saw the stop {seen.stop!r}, not {' or '.join(client.stops[case.stop])}"
    tokens = case.tokens.get(upstream) or case.tokens.get("")
    if tokens is not None:
        wanted = client.usage(tokens)
        found = {name: _shared(seen.usage.get(name), value) for name, value in wanted.items()}
        if found != wanted:
            yield f"the client saw the usage {found}, not {wanted}"


def _shared(found: Any, wanted: Any) -> Any:
    """Of an object only what is asked about."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {name: found.get(name) for name in wanted}
    return found


def compare_error(case: Case, client: Client, seen: Seen, error: Error | None) -> Iterable[str]:
    """What is wrong with the error that the client saw."""
    assert case.error is not None
    if error is None:
        yield f"the client saw no error, but {seen.text!r} with the stop {seen.stop!r}"
        return
    statuses, kinds = client.errors[case.error]
    if error.status not in statuses:
        yield f"the client saw the status {error.status}, not {statuses}"
    if error.kind not in kinds:
        yield f"the client saw the error {error.kind!r}, not {' or '.join(kinds)}"
    if not error.message or case.error_says not in error.message:
        yield f"the error says {error.message!r}, without {case.error_says!r}"
    if case.retry_after and error.retry_after != case.retry_after:
        yield f"the client may come back after {error.retry_after!r}, not {case.retry_after!r}"
    if not ANSWER.startswith(seen.text):
        yield f"before the error the client saw {seen.text!r}"
