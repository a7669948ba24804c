"""OpenAI Responses, ``POST /v1/responses``: requests, answers, streams and errors, in both directions."""

from pxbin_engine.protocol.dialects.openai_responses.wire import NAME

__all__ = ["NAME"]
