"""An archive for who helps: versions, settings, schema, health and the last of the logs. No key, no body, no secret setting.

Logs hold neither keys nor bodies by themselves. What looks like a key is taken out of them all the same.
"""

import asyncio
import platform
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs

from pxbin_engine.config import EngineConfig, Secret
from pxbin_engine.errors import InvalidInput, PxbinError
from pxbin_engine.gateway.redaction import without_own_keys, without_secrets
from pxbin_engine.storage.database import Database

LOG_BYTES = 1 << 20
"""Of the end of each log."""

_LOGS = ("logs/pxbin.log.1", "logs/pxbin.log")
_SERVER_LOG = "pg/postgres.log"
_CRASHES = "crash"
_MOST_CRASHES = 5
_LEFT_OUT = "(left out)"

# What keys look like, and whatever a text itself calls one.
_LOOKS_SECRET: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        (r"(://)[^/\s@]+@", rf"\1{_LEFT_OUT}@"),
        (r"\b(bearer|basic)\s+[^\s\"',}]+", rf"\1 {_LEFT_OUT}"),
        (
            r"((?:api[-_]?key|[-_]key|token|password|passwd|secret|authorization|cookie)[\"']?\s*[:=]\s*[\"']?)(?!bearer|basic)[^\s\"',}]+",
            rf"\1{_LEFT_OUT}",
        ),
        (r"([?&](?:key|token|sig|signature)=)[^&\s\"']+", rf"\1{_LEFT_OUT}"),
        (r"\b(?:sk|rk|pk|gsk|xai|hf|ghp|gho|AIza)[-_]?[A-Za-z0-9_-]{12,}", _LEFT_OUT),
    )
)
# Of a statement the server logs the values, too: of its lines only those that say what happened, without the statement.
_SERVER_LINE = re.compile(
    r"^(\S.*?\b(?:LOG|WARNING|ERROR|FATAL|PANIC|HINT):  (?:duration: [\d.]+ ms)?)(.*)$"
)

_LONG_WORD = re.compile(r"(?<![\w/.-])[A-Za-z0-9_+=-]{32,}(?![\w/.])")
_HARMLESS_WORD = re.compile(r"[a-z_]+|[A-Z_]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[-=_+]+")


class DiagnosticsReport(Struct, frozen=True):
    """What was written."""

    path: Path
    size: int
    files: tuple[str, ...]


class Diagnostics:
    """Makes the archive; without a database and ``present``, of an engine that does not run."""

    def __init__(
        self,
        config: EngineConfig,
        database: Database | None = None,
        *,
        present: Callable[[], Mapping[str, Any]] = dict,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``present`` tells how the engine is, as JSON has it."""
        self._config, self._database = config, database
        self._present, self._clock = present, clock

    async def write(self, path: Path) -> DiagnosticsReport:
        """Write the archive; one that is there is replaced.

        Raises:
            InvalidInput: nothing can be written there.
        """
        files = {
            "about.json": _json(self._about()),
            "settings.json": _json(settings_of(self._config)),
            "engine.json": self._redacted(_json(self._present())),
            "database.json": _json(await self._of_database()),
            **await asyncio.to_thread(self._logs),
        }
        try:
            size = await asyncio.to_thread(_write, path, files)
        except OSError as error:
            reason = f"{path} cannot be written: {error.strerror}."
            raise InvalidInput(reason, field="path") from error
        return DiagnosticsReport(path, size, tuple(files))

    def _about(self) -> dict[str, Any]:
        return {
            "made_at": self._clock(),
            "pxbin": version("pxbin"),
            "python": sys.version,
            "packaged": bool(getattr(sys, "frozen", False)),
            "system": platform.platform(),
            "machine": platform.machine(),
            "libraries": _libraries(),
        }

    async def _of_database(self) -> dict[str, Any]:
        if self._database is None:
            return {"error": "The engine does not run."}
        try:
            about = await self._database.fetch("select version() as version")
            migrations = await self._database.fetch(
                "select version, name, applied_at, took_ms from schema_migrations order by version"
            )
            tables = await self._database.fetch(_TABLES)
        except PxbinError as error:
            return {"error": self._redacted(error.message)}
        return {
            "version": about[0]["version"],
            "migrations": [dict(row) for row in migrations],
            "tables": [dict(row) for row in tables],
        }

    def _logs(self) -> dict[str, str]:
        data_dir = self._config.data_dir
        crashes = sorted((data_dir / _CRASHES).glob("*.log"))[-_MOST_CRASHES:]
        found = {}
        server_log = data_dir / _SERVER_LOG
        for path in (*(data_dir / name for name in _LOGS), server_log, *crashes):
            name = path.relative_to(data_dir).as_posix()
            try:
                text = _tail(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                found[name] = f"cannot be read: {error.strerror}\n"
            else:
                found[name] = self._redacted(_said(text) if path == server_log else text)
        return found

    def _redacted(self, text: str) -> str:
        return redacted(text, _secrets_of(self._config))


def settings_of(config: EngineConfig) -> dict[str, Any]:
    """The settings; of secret ones only whether they are set."""
    return {
        name: _shown(getattr(config, name))
        for name in (field.name for field in structs.fields(EngineConfig))
    }


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without ``secrets``, without what looks like a key, and without the name of the person's directory."""
    text = without_own_keys(without_secrets(text, secrets))
    for pattern, put in _LOOKS_SECRET:
        text = pattern.sub(put, text)
    text = _LONG_WORD.sub(
        lambda found: found[0] if _HARMLESS_WORD.fullmatch(found[0]) else _LEFT_OUT, text
    )
    return text.replace(str(Path.home()), "~") if len(str(Path.home())) > 1 else text


def _shown(value: Any) -> Any:
    if isinstance(value, Secret):
        return "(set)" if value else ""
    return redacted(str(value)) if isinstance(value, str | Path) else value


def _secrets_of(config: EngineConfig) -> list[str]:
    values = (getattr(config, field.name) for field in structs.fields(EngineConfig))
    return [value for value in values if isinstance(value, Secret) and value]


def _libraries() -> dict[str, str]:
    found = {}
    for requirement in requires("pxbin") or ():
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # of another system, or an extra
            continue
    return found


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LOG_BYTES))
        content = file.read()
    if size > LOG_BYTES:
        content = content.partition(b"\n")[2]  # the line that was cut
    return content.decode("utf-8", "replace")


def _said(server_log: str) -> str:
    """The lines of the server's log that say what happened; of slow statements only how slow they were."""
    lines = []
    for line in server_log.splitlines():
        if match := _SERVER_LINE.match(line):
            head, rest = match.groups()
            lines.append(head if "duration:" in head else head + rest)
    return "".join(f"{line}\n" for line in lines)


def _write(path: Path, files: Mapping[str, str]) -> int:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            zipped.writestr(name, text)
    path.write_bytes(archive.getvalue())
    return len(archive.getvalue())


def _json(data: Mapping[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(data, enc_hook=str), indent=2).decode()


_TABLES = """
    select c.relname as table, c.reltuples::bigint as rows_about, pg_total_relation_size(c.oid) as bytes
    from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
    order by c.relname
"""
