"""The settings of the embedded PostgreSQL: small in memory, quiet when idle, safe on power loss."""

from collections.abc import Mapping

INCLUDE_LINE = "include_if_exists = 'pxbin.conf'\n"
"""Added once to ``postgresql.conf``; ``pxbin.conf`` itself is rewritten at every start."""

_SETTINGS = {
    # Memory: 13 MB resident when idle.
    "shared_buffers": "64MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "40",
    "huge_pages": "off",
    # Safety: what was acknowledged survives power loss; the log writer relaxes it for its own connections.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # Never lz4 or zstd: not every build has them, and the data must open with any.
    "wal_compression": "pglz",
    "default_toast_compression": "pglz",
    # pg_basebackup needs a sender and a slot.
    "wal_level": "replica",
    "max_wal_senders": "2",
    "max_replication_slots": "2",
    "max_logical_replication_workers": "0",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "2",
    "autovacuum": "on",
    "autovacuum_max_workers": "2",
    "random_page_cost": "1.1",
    "idle_in_transaction_session_timeout": "60s",
    "log_min_duration_statement": "500ms",
    "logging_collector": "off",
    # 'UTC' needs the system's time zone files; 'GMT' is built in.
    "timezone": "GMT",
    "log_timezone": "GMT",
}
_SINCE_18 = {"io_method": "sync"}  # without three idle worker processes


def render_conf(major: int, changes: Mapping[str, str] | None = None) -> str:
    """The text of ``pxbin.conf`` for a server of ``major``, with ``changes`` over our settings."""
    settings = _SETTINGS | (_SINCE_18 if major >= 18 else {}) | dict(changes or {})
    lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
    return "# Written by pxbin at every start: changes here are lost.\n" + "".join(lines)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
