"""Pointing clients at pxbin, and back: the one place that writes into their files.

Rules:
1. The journal says what will be done before it is done; each file is changed at once, or not at all.
2. A file that changed since it was planned is not written: ``FileChanged``.
3. Undo puts back what is ours and only that: a setting that the person changed since stays.
4. A backup is a copy of a file from before pxbin. It is made once, never written again, never of a file that points at
   pxbin.
5. What was interrupted is put right by ``repair`` at the next start: a first change is taken back, a later one stays as far
   as it went (each file is whole), an undo is done to its end.

All of it is done on the disk and waits for it: call it in a thread.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from pxbin_app.clients.client import Client, Connection, SettingsFile
from pxbin_app.clients.conflicts import conflicts_of
from pxbin_app.clients.disk import Disk, check_writable, mode_of, not_writable
from pxbin_app.clients.errors import ClientSetupError, FileChanged
from pxbin_app.clients.journal import FileEntry, Journal, Record
from pxbin_app.clients.machine import Machine
from pxbin_app.clients.planning import PREVIEW_KEY, FilePlan, Plan, plan_file, values_of
from pxbin_app.clients.status import Status, status_of
from pxbin_app.clients.undoing import WayBack, way_back

logger = logging.getLogger(__name__)

BACKUP_MODE = 0o400


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What an undo did: settings that stay because the person changed them, and the key that the client used."""

    kept: tuple[str, ...] = ()
    key_id: UUID | None = None


class ClientSetup:
    """Every client's files on this machine.

    Args:
        folder: pxbin's own, for the journal and the backups.
    """

    def __init__(
        self,
        folder: Path,
        clients: Sequence[Client],
        machine: Machine,
        *,
        disk: Disk | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.clients = tuple(clients)
        self.machine = machine
        self._folder = folder
        self._backups = folder / "backups"
        self._disk = disk or Disk()
        self._clock = clock
        self._journal = Journal(folder, self._disk)

    def status(self, client: Client, base_url: str) -> Status:
        """How a client stands towards the pxbin at ``base_url``."""
        files = client.files(self.machine)
        program = self.machine.program(client.program)
        try:
            record = self._journal.read(client.name)
            contents = [self._disk.read(_target(file)) for file in files]
            return status_of(client, files, contents, record, base_url=base_url, program=program)
        except ClientSetupError as error:
            return Status(
                client=client,
                state="unreadable",
                path=files[0].path,
                program=program,
                reason=error.message,
            )

    def plan(self, client: Client, connection: Connection) -> Plan:
        """What would be changed so that a client uses this connection.

        Raises:
            UnreadableFile: a file of the client's is not what its format says.
            ClientSetupError: a file, or the journal, cannot be read.
        """
        files = client.files(self.machine)
        contents = [self._disk.read(_target(file)) for file in files]
        values = values_of(files, contents)
        record = self._journal.read(client.name)
        earlier = {entry.path: entry for entry in record.files} if record else {}
        pointing = client.pointing(values)
        adopted = record is None and (pointing.is_at(connection.base_url) or pointing.is_pxbin)
        settings = client.settings(connection)
        stamp = self._clock().astimezone().strftime("%Y%m%d-%H%M%S")
        plans = tuple(
            plan_file(
                file,
                [setting for setting in settings if setting.file == file.name],
                content,
                earlier=earlier.get(str(file.path)),
                adopted=adopted,
                mode=mode_of(_target(file)),
                new_backup=self._free_backup(f"{client.name}.{file.path.name.lstrip('.')}.{stamp}"),
            )
            for file, content in zip(files, contents, strict=True)
        )
        return Plan(
            client=client,
            connection=connection,
            files=plans,
            conflicts=conflicts_of(client, self.machine, values),
            again=record is not None,
            elsewhere=_elsewhere(record, files),
        )

    def with_key(self, plan: Plan, key: str) -> Plan:
        """The same plan with a key that was made since.

        Raises:
            FileChanged: a file is not what it was when the plan was shown.
        """
        fresh = self.plan(plan.client, replace(plan.connection, key=key))
        for seen, now in zip(plan.files, fresh.files, strict=True):
            if seen.before != now.before or seen.target != now.target:
                raise FileChanged(seen.file.path)
        return fresh

    def apply(self, plan: Plan, *, key_id: UUID | None = None) -> None:
        """Do what was planned.

        Args:
            key_id: of the key in it, so that an undo can offer to revoke it.

        Raises:
            FileChanged: a file is not what it was; nothing was written.
            FileNotWritable: the system refused; what was begun was taken back.
        """
        if plan.connection.key in ("", PREVIEW_KEY):
            raise ClientSetupError("There is no key to write yet.")
        for file in plan.files:
            if self._disk.read(file.target) != file.before:
                raise FileChanged(file.file.path)
            check_writable(file.target)
        if plan.already_ours:
            return
        record = Record(
            client=plan.client.name,
            state="applying",
            at=self._clock(),
            again=plan.again,
            key_id=key_id,
            files=(*(file.entry for file in plan.files), *plan.elsewhere),
        )
        try:
            self._write(plan.files, record)
        except OSError as error:
            self._give_up(plan.client)
            raise not_writable(error, plan.files[0].target) from error

    def undo(self, client: Client) -> Undone:
        """Take back what pxbin wrote into a client's files.

        Raises:
            ClientSetupError: there is nothing to take back, or a file cannot be read or written.
        """
        record = self._journal.read(client.name)
        if record is None:
            raise ClientSetupError(f"There is nothing of pxbin’s in {client.title}’s files.")
        try:
            return self._undo(client, record)
        except OSError as error:
            raise not_writable(error, Path(record.files[0].target)) from error

    def repair(self) -> tuple[str, ...]:
        """Put right what was interrupted, by a crash or a power cut; a sentence for each client that it concerned."""
        self._remove_unfinished()
        told = []
        for client in self.clients:
            try:
                if self._repair(client):
                    told.append(
                        f"A change to {client.title}’s files was interrupted. It was put right."
                    )
            except (OSError, ClientSetupError) as error:
                logger.warning("clients.not_repaired client=%s reason=%s", client.name, error)
                told.append(
                    f"A change to {client.title}’s files was interrupted and could not be put right: {error}"
                )
        return tuple(told)

    # ------------------------------------------------------------------ the steps

    def _write(self, files: Sequence[FilePlan], record: Record) -> None:
        for folder in (self._folder, self._backups):
            if not folder.exists():
                self._disk.make_directory(folder)
        for file in files:
            if file.new_backup is not None:
                self._back_up(file.new_backup, file.before or b"")
        self._journal.write(record)
        for file in files:
            if file.changes:
                self._put(file.entry, file.after, file.mode)
        self._journal.write(msgspec.structs.replace(record, state="applied"))

    def _back_up(self, path: Path, content: bytes) -> None:
        unfinished = path.with_name(f"{path.name}.partial")
        self._disk.write(unfinished, content, mode=BACKUP_MODE)
        self._disk.replace(unfinished, path)

    def _put(self, entry: FileEntry, content: bytes, mode: int) -> None:
        for folder in entry.directories:
            self._disk.make_directory(Path(folder))
        temporary = Path(entry.temporary)
        self._disk.write(temporary, content, mode=mode)
        self._disk.replace(temporary, Path(entry.target))

    def _give_up(self, client: Client) -> None:
        """What could not be done is taken back now; where that fails, too, at the next start."""
        try:
            self._repair(client)
        except (OSError, ClientSetupError) as error:
            logger.warning("clients.not_taken_back client=%s reason=%s", client.name, error)

    def _remove_unfinished(self) -> None:
        """Copies that were not written to their end."""
        for path in self._folder.rglob("*.partial"):
            try:
                self._disk.remove(path)
            except OSError as error:
                logger.warning("clients.unfinished_stays path=%s reason=%s", path, error)

    def _repair(self, client: Client) -> bool:
        record = self._journal.read(client.name)
        if record is None or record.state == "applied":
            return False
        for entry in record.files:
            Path(entry.temporary).unlink(missing_ok=True)
        if record.state == "applying" and record.again:
            self._journal.write(msgspec.structs.replace(record, state="applied"))
        else:
            self._undo(client, record)
        return True

    def _undo(self, client: Client, record: Record) -> Undone:
        forms = {file.name: file.format for file in client.files(self.machine)}
        returns = [
            way_back(
                entry,
                forms[entry.name],
                self._disk.read(Path(entry.target)),
                self._disk.read(Path(entry.backup)) if entry.backup else None,
            )
            for entry in record.files
        ]
        self._journal.write(msgspec.structs.replace(record, state="undoing"))
        for back in returns:
            self._take_back(back)
        self._journal.remove(record.client)
        return Undone(
            kept=tuple(name for back in returns for name in back.kept), key_id=record.key_id
        )

    def _take_back(self, back: WayBack) -> None:
        target = Path(back.entry.target)
        if back.content is not None:
            if back.content != self._disk.read(target):
                self._put(back.entry, back.content, mode_of(target))
            return
        if target.exists():
            self._disk.remove(target)
        for folder in reversed(back.entry.directories):
            self._disk.remove_directory(Path(folder))

    def _free_backup(self, name: str) -> Path:
        """A path that no backup has."""
        path, count = self._backups / name, 1
        while path.exists():
            count += 1
            path = self._backups / f"{name}-{count}"
        return path


def _target(file: SettingsFile) -> Path:
    return Path(os.path.realpath(file.path))


def _elsewhere(record: Record | None, files: Sequence[SettingsFile]) -> tuple[FileEntry, ...]:
    paths = {str(file.path) for file in files}
    return tuple(entry for entry in record.files if entry.path not in paths) if record else ()
