"""pxbin as the proxy that the cases are played through: started, with four upstreams and a model for each case."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tests.conformance.case import FORMATS, Case
from tests.conformance.cases import CASES
from tests.conformance.player import Subject
from tests.support.engine_process import EngineProcess, running_engine
from tests.support.upstream import FakeUpstream

FAMILIES = {
    "anthropic": "claude-sonnet-4-5",
    "openai": "gpt-4.1",
    "openai-responses": "gpt-4.1",
    "gemini": "gemini-2.5-flash",
}
"""How each vendor's models are called; what they can do is known by that."""

THINKERS = FAMILIES | {"openai": "gpt-5-mini", "openai-responses": "gpt-5-mini"}
"""Those that think."""


@contextlib.asynccontextmanager
async def configured(data_dir: Path, upstream: FakeUpstream) -> AsyncIterator[Subject]:
    """A running pxbin that asks ``upstream``. It repeats nothing, and the failing cases open no breaker."""
    settings = {"retry_max_attempts": "1", "cb_failure_threshold": "1000000", "log_level": "error"}
    async with running_engine(data_dir, **settings) as engine:
        for format_ in FORMATS:
            upstream_id = await engine.add_upstream(format_, upstream.url, kind=format_)
            if format_.startswith("openai"):  # what OpenAI's own servers take: PDF files, too
                await engine.call("PATCH", f"upstreams/{upstream_id}", {"preset": "openai"})
            for case in CASES:
                if case.known:
                    await _add_model(engine, case, format_, upstream_id)
        yield Subject(engine.base_url, await engine.add_key())


async def _add_model(engine: EngineProcess, case: Case, format_: str, upstream_id: str) -> None:
    family = (THINKERS if case.asks == "thinking" else FAMILIES)[format_]
    await engine.add_model(
        f"{format_}--{case.model}", upstream_id, upstream_model=f"{family}--{case.model}"
    )
