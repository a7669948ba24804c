"""Which export a file is: by the names of its columns, or refused."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from pxbin_engine.admin.usage_exports import anthropic, openai, openrouter
from pxbin_engine.admin.usage_exports.lines import UsageExport
from pxbin_engine.admin.usage_exports.table import Table, read_table
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import UsageExportFormat

Figure = Literal["tokens", "cost"]

TELLS: Mapping[UsageExportFormat, frozenset[Figure]] = MappingProxyType(
    {
        "openai-usage": frozenset({"tokens"}),
        "openai-costs": frozenset({"cost"}),
        "anthropic-usage": frozenset({"tokens"}),
        "anthropic-costs": frozenset({"cost"}),
        "openrouter-activity": frozenset({"tokens", "cost"}),
        "openrouter-requests": frozenset({"tokens", "cost"}),
    }
)
"""What each export tells; two that tell the same of a day replace each other."""

_AMOUNT = re.compile(r"token|cost|usd|amount|usage")
_NO_AMOUNT = frozenset({"usage_date_utc", "usage_type"})
_MOST_COLUMNS_TOLD = 40


class _Layout(NamedTuple):
    """``required``: what it is known by; ``read``: all of its columns that hold amounts."""

    name: str
    required: frozenset[str]
    read: frozenset[str]
    parse: Callable[[Table], UsageExport]


_LAYOUTS = (
    _Layout("OpenAI usage", openai.USAGE, openai.USAGE_READ, openai.read_usage),
    _Layout("OpenAI costs", openai.COSTS, openai.COSTS_READ, openai.read_costs),
    _Layout("Anthropic usage", anthropic.USAGE, anthropic.USAGE_READ, anthropic.read_usage),
    _Layout("Anthropic costs", anthropic.COSTS, anthropic.COSTS_READ, anthropic.read_costs),
    _Layout("OpenRouter activity", openrouter.ACTIVITY, openrouter.ACTIVITY_READ, openrouter.read_activity),
    _Layout("OpenRouter requests", openrouter.REQUESTS, openrouter.REQUESTS_READ, openrouter.read_requests),
)  # fmt: skip


def read_export(text: str) -> UsageExport:
    """What a provider's export says; takes as long as the file is large, so call it in a thread.

    Raises:
        InvalidInput: it is none that is known here, or not as such a file should be; the message says where.
    """
    if text.lstrip("\ufeff \t\r\n")[:1] == "{":
        return anthropic.read_report(text)
    table = read_table(text)
    columns = frozenset(table.columns)
    layout = next((one for one in _LAYOUTS if one.required <= columns), None)
    if layout is None:
        raise InvalidInput(
            "This is no usage export of OpenAI, Anthropic or OpenRouter that pxbin knows."
            f" Its columns are: {_told(table.columns)}.",
            field="file",
        )
    unknown = [name for name in table.columns if name not in layout.read and _may_be_amount(name)]
    if unknown:
        raise InvalidInput(
            f"This {layout.name} export has amounts that pxbin does not know: {_told(unknown)}."
            " Whether they belong to the sums cannot be said, so nothing was imported.",
            field="file",
        )
    return layout.parse(table)


def _may_be_amount(column: str) -> bool:
    return column not in _NO_AMOUNT and _AMOUNT.search(column) is not None


def _told(columns: "tuple[str, ...] | list[str]") -> str:
    more = (
        f" and {len(columns) - _MOST_COLUMNS_TOLD} more"
        if len(columns) > _MOST_COLUMNS_TOLD
        else ""
    )
    return ", ".join(columns[:_MOST_COLUMNS_TOLD]) + more
