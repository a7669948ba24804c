"""The use cases of the control plane: the HTTP API, the CLI and the windows all call these and nothing below.

::

    keys        pxbin's own keys: make, change, revoke, bootstrap
    upstreams   where requests can be sent, each one's secret, and what it taught (upstream_fields says what can be used)
    discovery   what an upstream says it has, and whether it works (model_list reads its answer)
    models      names that clients can use: targets and prices (model_fields says what can be used)
    aliases     names that mean a model, for everyone, a key or a client
    explain     where a request would go, without it being sent
    budgets     what may be spent on what, and how it stands
    requests    the log, page by page, and exports of it (log_query and log_words are its language, log_export and parquet files)
    sessions    what each session cost, and which of its agents spent it
    stats       sums, series and percentiles over a period
    checks      what every name, id and number that a person gives must hold

Each change is in force when its coroutine returns: ``on_changed`` reloads the engine's snapshots first. Errors are
``InvalidInput``, ``NotFound``, ``Conflict``, ``PermissionDenied``, ``AuthenticationFailed``, ``SecretError``,
``UpstreamError`` and ``DatabaseUnavailable``, each with a text for a person.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

Changed = Literal["keys", "upstreams", "models", "aliases", "budgets"]
OnChanged = Callable[[Changed], Awaitable[None]]
"""Awaited after each change and before the answer: what was revoked has then stopped."""
