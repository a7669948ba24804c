"""``python -m tests.carriage`` writes ``docs/carriage.md``: what each pair of dialects carries, as probes find it."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.dialects import DIALECTS
from tests.carriage.answer_probes import ANSWERS
from tests.carriage.request_probes import PROBES
from tests.carriage.verdicts import Verdict, answer_verdict, request_verdict

PAGE = Path(__file__).parents[2] / "docs" / "carriage.md"

NAMES = {
    "anthropic_messages": "Anthropic Messages",
    "openai_chat": "Chat Completions",
    "openai_responses": "Responses",
    "gemini_generate": "Gemini",
}
SYMBOLS = {
    "carried": "●",
    "mapped": "◐",
    "partly": "◔",
    "emulated": "◆",
    "lost": "✕",
    "refused": "✕",
    "silent": "○",
}

_HEAD = """# What is carried

Written by `python -m tests.carriage`, and checked by a test: never by hand. Each cell was found out by a probe: a small body
with this one thing in the client's dialect was translated, read back in the upstream's, and compared with what went in; for
answers the other way round.

| | |
| --- | --- |
| ● | carried: the other side reads the same |
| ◐ | mapped: said in other words or in another place, which the other side understands |
| ◔ | in part: mapped, and what is missing is recorded as a loss with the request |
| ◆ | emulated: pxbin does it in the upstream's place, where a search provider is configured ([web search](translation.md#web-search)) |
| ✕ | lost, or refused: recorded with the request, or told to the client |
| ○ | not told: a detail about the answer for which the client's dialect has no word; no loss is recorded |
| – | the side that would have to say it cannot |

A number leads to the reason, as it stands in the request's losses. A client and an upstream of one dialect are given each
other's bytes ([verbatim](translation.md#verbatim)): all is carried. The upstreams are each dialect's own vendor, with a model
of today; what is known of other vendors and models changes the verdict there ([upstreams](upstreams.md)).
"""

Judge = Callable[[str, Dialect, Dialect], Verdict | None]


def page() -> str:
    """The whole page."""
    reasons: dict[str, int] = {}
    sections = [
        _section(source, heading, judge, features, reasons)
        for source in DIALECTS.values()
        for heading, judge, features in (
            ("asks", request_verdict, PROBES),
            ("is answered", answer_verdict, ANSWERS),
        )
    ]
    notes = "\n".join(f"{number}. {_plain(reason)}" for reason, number in reasons.items())
    return "\n".join([_HEAD, *sections, "## Reasons", "", notes, ""])


def _section(
    source: Dialect, heading: str, judge: Judge, features: Iterable[str], reasons: dict[str, int]
) -> str:
    targets = [target for target in DIALECTS.values() if target is not source]
    rows = []
    for feature in features:
        cells = [_cell(judge(feature, source, target), reasons) for target in targets]
        if set(cells) != {"–"}:
            rows.append(f"| {feature} | " + " | ".join(cells) + " |")
    title = " | ".join(NAMES[target.name] for target in targets)
    return "\n".join(
        [
            f"## What a client of {NAMES[source.name]} {heading}",
            "",
            f"| Upstream | {title} |",
            "| --- | " + " | ".join(":-:" for _ in targets) + " |",
            *rows,
            "",
        ]
    )


def _cell(verdict: Verdict | None, reasons: dict[str, int]) -> str:
    if verdict is None:
        return "–"
    numbers = (reasons.setdefault(reason, len(reasons) + 1) for reason in verdict.reasons)
    return " ".join([SYMBOLS[verdict.kind], *(f"<sup>{number}</sup>" for number in numbers)])


def _plain(reason: str) -> str:
    """In Markdown as in the row."""
    return reason.replace("|", "\\|").replace("<", "&lt;")


def untold() -> Mapping[str, set[str]]:
    """What arrives nowhere and is no loss either: feature -> the pairs, client first."""
    found: dict[str, set[str]] = {}
    for judge, features in ((request_verdict, PROBES), (answer_verdict, ANSWERS)):
        for feature in features:
            for source in DIALECTS.values():
                for target in DIALECTS.values():
                    verdict = judge(feature, source, target) if source is not target else None
                    if verdict is not None and verdict.kind == "silent":
                        found.setdefault(feature, set()).add(f"{source.name} < {target.name}")
    return found


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
