"""What the samples of a soak say: whether anything grows."""

import statistics
from typing import Any

Sample = dict[str, Any]


def by_minute(samples: list[Sample]) -> list[Sample]:
    """The first sample of each minute since the beginning; ``minute`` says which."""
    rows: list[Sample] = []
    for sample in samples:
        minute = int((sample["at"] - samples[0]["at"]) // 60)
        if not rows or rows[-1]["minute"] != minute:
            rows.append({"minute": minute, **sample})
    return rows


def growth(samples: list[Sample], what: str) -> tuple[float, float]:
    """Medians of the second and of the last quarter."""
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    return (
        statistics.median(sample[what] for sample in early),
        statistics.median(sample[what] for sample in late),
    )


LIMITS = {
    "megabytes": (1.05, 5.0),
    "tasks": (1.2, 8),
    "threads": (1.0, 2),
    "files": (1.1, 16),
    "connections": (1.2, 16),
}
"""What the last quarter may have at most: so many times the second one's, and so much more."""


def problems(samples: list[Sample]) -> list[str]:
    """What grew more than that."""
    found = []
    for what, (times, more) in LIMITS.items():
        early, late = growth(samples, what)
        if late > early * times + more:
            found.append(f"{what} grew from {early:.0f} to {late:.0f}")
    return found


def table(samples: list[Sample]) -> str:
    """In Markdown, a line a minute."""
    lines = [
        "| Minute | Window | Memory, MB | Tasks | In flight | Threads | Files | Connections | CPU |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    before: Sample | None = None
    for row in by_minute(samples):
        passed = row["at"] - before["at"] if before else 0.0
        cpu = f"{(row['cpu_seconds'] - before['cpu_seconds']) / passed:.0%}" if before else "–"
        lines.append(
            f"| {row['minute']} | {row['phase']} | {row['megabytes']:.0f} | {row['tasks']} | {row['in_flight']} |"
            f" {row['threads']} | {row['files']} | {row['connections']} | {cpu} |"
        )
        before = row
    return "\n".join(lines)
