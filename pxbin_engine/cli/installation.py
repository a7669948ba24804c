"""``pxbin-engine backup``, ``restore``, ``move-database`` and ``diagnostics``: an installation as a whole."""

import getpass
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, option
from pxbin_engine.config import EngineConfig
from pxbin_engine.config_file import ConfigFile
from pxbin_engine.engine import Engine
from pxbin_engine.errors import InvalidInput, PxbinError
from pxbin_engine.maintenance.backup_file import Manifest
from pxbin_engine.maintenance.database_move import CopyProgress, Target, examine, move
from pxbin_engine.maintenance.diagnostics import Diagnostics, DiagnosticsReport

EMBEDDED = "embedded"
_SHOWN = ("keys", "upstreams", "models", "aliases", "budgets")


@on_engine
async def backup(engine: Engine, arguments: Namespace) -> Answer:
    """Write a backup of the configuration, and of more where it is wanted."""
    passphrase = _passphrase(arguments) if arguments.with_upstream_keys else ""
    report = await engine.backups.create(
        arguments.file, with_log=arguments.with_log, passphrase=passphrase
    )
    left_out = "" if passphrase else " Upstream keys are not in it (see --with-upstream-keys)."
    note = "\n".join(f"Not in it: {reason}" for reason in report.unreadable)
    text = f"Written: {report.path} ({report.size:,} bytes).{left_out}"
    return Answer(text, _told(report.manifest), note, failed=bool(report.unreadable))


@on_engine
async def restore(engine: Engine, arguments: Namespace) -> Answer:
    """Say what is in a backup, and put it in place where that is meant."""
    manifest = await engine.backups.inspect(arguments.file)
    if not arguments.yes:
        text = f"{_table(manifest)}\n\nNothing was changed: give --yes to put it in place of what is there."
        return Answer(text, _told(manifest))
    wants_keys = manifest.sealing is not None and not arguments.without_upstream_keys
    report = await engine.backups.restore(
        arguments.file,
        with_log=arguments.with_log,
        passphrase=_passphrase(arguments) if wants_keys else "",
    )
    note = "\n".join(
        f"An upstream key of {name} is neither in the backup nor here: enter it again."
        for name in report.without_secret
    )
    text = f"Restored. What was there before: {report.before}"
    return Answer(text, {"before": str(report.before), "tables": dict(report.tables)}, note)


async def move_database(config: EngineConfig, arguments: Namespace) -> Answer:
    """Copy everything to another database, and write it into the settings."""
    url = "" if arguments.to == EMBEDDED else arguments.to
    target = Target(url, arguments.schema)
    if url:
        await examine(target)
    overrides = {"data_dir": arguments.data_dir} if arguments.data_dir else {}
    file = ConfigFile(path=arguments.config, overrides=overrides)
    changes = {"database_url": url or None, "database_schema": target.schema}
    if arguments.write:
        file.check(changes)
    report = await move(config, target, _show, now=datetime.now(UTC))
    if arguments.write:
        file.write(changes)
        text = f"Moved {report.rows:,} rows of {len(report.tables)} tables. {file.path} names the new database."
    else:
        text = (
            f"Copied {report.rows:,} rows of {len(report.tables)} tables."
            " The settings still name the old database."
        )
    return Answer(text, {"tables": dict(report.tables)})


async def diagnostics(config: EngineConfig, arguments: Namespace) -> Answer:
    """Write an archive for who helps; also where the engine cannot be opened."""
    engine = Engine(config)
    try:
        await engine.open()
    except PxbinError as error:
        report = await Diagnostics(config).write(arguments.file)
        return _of_archive(report, f"The engine could not be opened: {error.message}")
    try:
        return _of_archive(await engine.diagnostics.write(arguments.file))
    finally:
        await engine.close()


def _of_archive(report: DiagnosticsReport, note: str = "") -> Answer:
    text = f"Written: {report.path} ({report.size:,} bytes, {len(report.files)} files)."
    return Answer(text, {"path": str(report.path), "files": report.files}, note)


def _show(progress: CopyProgress) -> None:
    if sys.stderr.isatty():
        share = progress.rows / progress.total if progress.total else 1
        sys.stderr.write(f"\r\x1b[K{progress.stage} {progress.table}: {share:.0%} of all rows")
        sys.stderr.flush()


def _passphrase(arguments: Namespace) -> str:
    """From the file that was named, else as the person types it, else a line of stdin."""
    if arguments.passphrase_file is not None:
        try:
            return str(arguments.passphrase_file.read_text("utf-8").rstrip("\r\n"))
        except (OSError, UnicodeDecodeError) as error:
            reason = f"{arguments.passphrase_file} cannot be read."
            raise InvalidInput(reason, field="passphrase") from error
    if sys.stdin.isatty():
        return getpass.getpass("Passphrase of the upstream keys: ")
    return sys.stdin.readline().rstrip("\r\n")


def _table(manifest: Manifest) -> str:
    rows: list[tuple[str, object]] = [(name, manifest.rows(name)) for name in _SHOWN]
    rows.append(("requests", manifest.rows("requests") if manifest.with_log else "not in it"))
    rows.append(("upstream keys", "sealed" if manifest.sealing else "not in it"))
    made = manifest.made_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"Made {made} by pxbin {manifest.made_by}.\n{as_table(('WHAT', 'HOW MANY'), rows)}"


def _told(manifest: Manifest) -> dict[str, object]:
    return {
        "made_at": manifest.made_at,
        "made_by": manifest.made_by,
        "with_log": manifest.with_log,
        "with_upstream_keys": manifest.sealing is not None,
        "tables": {table.name: table.contents.rows for table in manifest.tables},
    }


_PASSPHRASE_FILE = option(
    "--passphrase-file", type=Path, metavar="FILE", help="in place of asking, or of a line of stdin"
)

COMMANDS = (
    Command(
        "backup",
        "write the configuration, and more where it is wanted, into one file",
        backup,
        (
            option("file", type=Path),
            option("--with-log", action="store_true", help="the log and its totals, too"),
            option(
                "--with-upstream-keys",
                action="store_true",
                help="the upstreams' keys, sealed by a passphrase",
            ),
            _PASSPHRASE_FILE,
        ),
    ),
    Command(
        "restore",
        "show what is in a backup, and put it in place of what is there",
        restore,
        (
            option("file", type=Path),
            option("--yes", action="store_true", help="do it"),
            option("--with-log", action="store_true", help="replace the log, too"),
            option("--without-upstream-keys", action="store_true", help="ask for no passphrase"),
            _PASSPHRASE_FILE,
        ),
    ),
    Command(
        "move-database",
        "copy everything to another database, check it, and use that one from now on",
        move_database,
        (
            option("to", metavar="URL", help=f"postgresql://..., or {EMBEDDED}"),
            option("--schema", default="public", help="where its tables are to be there"),
            option(
                "--no-write",
                dest="write",
                action="store_false",
                help="leave the settings as they are",
            ),
        ),
    ),
    Command(
        "diagnostics",
        "write an archive for who helps, without secrets",
        diagnostics,
        (option("file", type=Path),),
    ),
)
"""The commands of this module."""
