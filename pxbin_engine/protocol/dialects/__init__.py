"""The dialects that pxbin speaks: one folder and one line each."""

from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.dialects.gemini_generate import GeminiGenerate
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.dialects.openai_responses import Compaction, OpenAIResponses

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (ANTHROPIC_MESSAGES, OpenAIChat(), OpenAIResponses(), GeminiGenerate())
}

COMPACTION: Dialect = Compaction()
"""What a client of ``/v1/responses/compact`` speaks; no upstream does."""

FORMATS: dict[str, Dialect] = {dialect.format: dialect for dialect in DIALECTS.values()}


def dialect_for(upstream_format: str) -> Dialect:
    """The dialect of an upstream's ``format`` (``anthropic``, ``openai`` ...). Raises ``KeyError`` for one not spoken."""
    return FORMATS[upstream_format]
