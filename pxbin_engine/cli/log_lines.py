"""How log records become lines on stderr: for a person, or one JSON object a line."""

import json
import logging
import sys
from datetime import UTC, datetime

from pxbin_engine.config import EngineConfig

_TEXT = "%(asctime)s %(levelname)-7s %(message)s"


class JsonLines(logging.Formatter):
    """One JSON object a record; ``noun.verb key=value`` messages stay as they are in ``message``."""

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._worker = worker

    def format(self, record: logging.LogRecord) -> str:
        """``time`` in RFC 3339, ``level``, ``logger``, ``message``; ``worker`` and ``exception`` where there is one."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if self._worker is not None:
            fields["worker"] = str(self._worker)
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def set_up(config: EngineConfig, *, quiet: bool = False, worker: int | None = None) -> None:
    """Send pxbin's log to stderr as the configuration says; ``quiet`` lets only warnings through.

    Args:
        worker: of several processes that write to one terminal, which this is.
    """
    handler = logging.StreamHandler(sys.stderr)
    text = _TEXT if worker is None else _TEXT.replace("%(message)", f"[worker {worker}] %(message)")
    handler.setFormatter(
        JsonLines(worker) if config.log_format == "json" else logging.Formatter(text)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # Other packages' chatter stays out: one line an exchange is what a person reads.
    level = logging.WARNING if quiet else config.log_level.upper()
    logging.getLogger("pxbin_engine").setLevel(level)
