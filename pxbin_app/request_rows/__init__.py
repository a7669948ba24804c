"""Requests as rows of a table, for Logs and Dashboard.

cells    the columns, and what each says of a request
listed   what is kept of a request further down
model    the table's model: a ring of the newest, those in flight among them
"""

from pxbin_app.request_rows.cells import (
    CLIENT,
    COLUMNS,
    COST,
    LATENCY,
    MODEL,
    STATUS,
    TIME,
    TOKENS_IN,
    TOKENS_OUT,
    Request,
    Row,
    client_text,
    model_text,
    names_of_model,
    status_text,
    status_tone,
    time_text,
)
from pxbin_app.request_rows.listed import ListedRequest
from pxbin_app.request_rows.model import RequestTableModel, utc_now

__all__ = [
    "CLIENT",
    "COLUMNS",
    "COST",
    "LATENCY",
    "MODEL",
    "STATUS",
    "TIME",
    "TOKENS_IN",
    "TOKENS_OUT",
    "ListedRequest",
    "Request",
    "RequestTableModel",
    "Row",
    "client_text",
    "model_text",
    "names_of_model",
    "status_text",
    "status_tone",
    "time_text",
    "utc_now",
]
