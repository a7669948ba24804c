"""The usage exports of providers: a file of any of them becomes what it says of each model on each day.

::

    table       a CSV file by the names of its columns, and what stands in its cells
    lines       rows of an export added up by day and model
    openai      the usage and the cost export of OpenAI's dashboard
    anthropic   those of Anthropic's Console, and the reports of its Admin API
    openrouter  the activity of OpenRouter, by day or request by request
    recognise   which of them a file is
"""

from pxbin_engine.admin.usage_exports.lines import UsageExport
from pxbin_engine.admin.usage_exports.recognise import TELLS, read_export

__all__ = ["TELLS", "UsageExport", "read_export"]
