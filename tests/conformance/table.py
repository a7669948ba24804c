"""The table of verdicts: a row for each case, a column for each pair of dialects."""

from collections import defaultdict
from collections.abc import Iterable

from tests.conformance.player import Verdict

_SHORT = {"anthropic": "A", "openai": "C", "openai-responses": "R", "gemini": "G"}
_LEGEND = "A Anthropic Messages   C Chat Completions   R Responses   G Gemini;   client>upstream"
_MARKS = "Each mark: ok, the number of differing ways (whole and streamed are two), or - where the pair cannot say it."


def table(verdicts: Iterable[Verdict]) -> str:
    """Rows of marks."""
    cells: dict[str, dict[str, list[Verdict]]] = defaultdict(lambda: defaultdict(list))
    pairs: dict[str, None] = {}
    for verdict in verdicts:
        exchange = verdict.exchange
        pair = f"{_SHORT[exchange.client]}>{_SHORT[exchange.upstream]}"
        pairs[pair] = None
        cells[exchange.case.name][pair].append(verdict)
    width = max(map(len, cells), default=0)
    lines = [_LEGEND, _MARKS, "", " " * width + "".join(f"{pair:>5}" for pair in pairs)]
    for case, row in cells.items():
        lines.append(f"{case:<{width}}" + "".join(f"{_mark(row.get(pair)):>5}" for pair in pairs))
    return "\n".join(lines)


def _mark(verdicts: list[Verdict] | None) -> str:
    if not verdicts:
        return "-"
    return str(sum(bool(verdict.differences) for verdict in verdicts) or "ok")


def differences(verdicts: Iterable[Verdict]) -> str:
    """Each exchange that went wrong, and how."""
    lines = []
    for verdict in verdicts:
        if verdict.differences:
            lines.append(f"\n{verdict.exchange.name}")
            lines += [f"  {difference}" for difference in verdict.differences]
    return "\n".join([*lines, ""]) if lines else ""


def summary(verdicts: list[Verdict]) -> str:
    """How many."""
    wrong = sum(bool(verdict.differences) for verdict in verdicts)
    cases = len({verdict.exchange.case.name for verdict in verdicts})
    pairs = len({(verdict.exchange.client, verdict.exchange.upstream) for verdict in verdicts})
    told = f"{wrong} differ" if wrong else "all as they should be"
    return f"\n{len(verdicts)} exchanges of {cases} cases in {pairs} pairs: {told}."
