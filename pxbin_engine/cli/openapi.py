"""``pxbin-engine openapi``: the management API as OpenAPI tools read it; no engine and no database is needed."""

from argparse import Namespace

from pxbin_engine.cli.answers import Answer, as_json
from pxbin_engine.config import EngineConfig
from pxbin_engine.server.admin_routes import openapi_document


async def show(_: EngineConfig, __: Namespace) -> Answer:
    """The document; with and without ``--json`` it is JSON."""
    document = openapi_document()
    return Answer(as_json(document), document)
