"""What is known of a client: its files, its settings, what overrides them, and how it asks."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pxbin_app.clients.formats import Format, value_at
from pxbin_app.clients.machine import Machine
from pxbin_app.snippets import suggested_models

KEY_PREFIX = "pxb_"
"""How pxbin's keys for clients begin."""
PROVIDER = "pxbin"
"""What clients that name their providers call pxbin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSlot:
    """A place for a model in a client's settings; ``small``: for side tasks, where a quick one does."""

    name: str
    title: str
    small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a client is told of pxbin.

    Attributes:
        base_url: ``http://127.0.0.1:8080``, without a path.
        key: the plaintext of one of pxbin's keys.
        models: the chosen model of each slot, by the slot's name.
        offered: every model that pxbin has, for clients that list them.
    """

    base_url: str
    key: str = field(repr=False)
    models: Mapping[str, str]
    offered: Sequence[str] = ()

    @property
    def model(self) -> str:
        """For the work."""
        return self.models["main"]


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """One of a client's files; ``name`` is what its settings call it."""

    name: str
    path: Path
    format: Format


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of pxbin's in a file."""

    file: str
    path: tuple[str, ...]
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointing:
    """Where a client's files send it, and with which key; empty where they say nothing."""

    base_url: str = ""
    key: str = field(default="", repr=False)

    def is_at(self, base_url: str) -> bool:
        """Whether that is this pxbin."""
        return bool(self.base_url) and _plain(self.base_url) == _plain(base_url)

    @property
    def is_pxbin(self) -> bool:
        """Whether that is a pxbin on this machine, at this address or another; one elsewhere is the person's own choice."""
        return self.key.startswith(KEY_PREFIX) and _is_local(self.base_url)


@dataclass(frozen=True, slots=True)
class Conflict:
    """What keeps a client from doing as its file says (``warning``), or what is good to know (``note``)."""

    text: str
    severity: Literal["warning", "note"] = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """One small request as the client would make it: ``path`` below the base URL."""

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes


Values = Mapping[str, Mapping[str, Any]]
"""What a client's files say, by the file's name."""


class Client(ABC):
    """A program that can be pointed at pxbin by its own settings."""

    name: ClassVar[str]
    """Stable: journals and backups are named after it."""
    title: ClassVar[str]
    program: ClassVar[str]
    """What is started in a terminal."""
    slots: ClassVar[tuple[ModelSlot, ...]] = (ModelSlot(name="main", title="Model"),)
    overriding: ClassVar[Mapping[str, str]] = {}
    """Environment variables that beat the file or stand beside it; each with a sentence on what it does."""
    harmless: ClassVar[Mapping[str, str]] = {}
    """Variables that look as if they did, with a sentence on why they do not."""

    @abstractmethod
    def files(self, machine: Machine) -> tuple[SettingsFile, ...]:
        """Where its settings are; the first is the one that is named to people."""

    @abstractmethod
    def settings(self, connection: Connection) -> tuple[Setting, ...]:
        """What is written so that it uses pxbin."""

    @abstractmethod
    def pointing(self, values: Values) -> Pointing:
        """Where its files point now."""

    @abstractmethod
    def probe(self, connection: Connection) -> ProbeRequest:
        """A request in its own dialect."""

    def models(self, values: Values) -> dict[str, str]:
        """The models of its slots as its files have them now; only those that are there."""
        blank = Connection(
            base_url="", key="", models={slot.name: slot.name for slot in self.slots}
        )
        found = {}
        for setting in self.settings(blank):
            slot, value = self.slot_of(setting), self.value_of(setting, values)
            if slot and isinstance(value, str):
                found[slot] = value.removeprefix(f"{PROVIDER}/")
        return found

    def slot_of(self, setting: Setting) -> str | None:
        """The slot whose model a setting holds, where ``settings`` was asked with the slots' names as models."""
        value = setting.value
        name = value.removeprefix(f"{PROVIDER}/") if isinstance(value, str) else None
        return name if name in {slot.name for slot in self.slots} else None

    def value_of(self, setting: Setting, values: Values) -> Any:
        """What stands in a setting's place now."""
        return value_at(dict(values.get(setting.file, {})), setting.path)

    def conflicts(self, machine: Machine, values: Values) -> Iterator[Conflict]:
        """What else keeps it from doing as its files say; beside environment variables."""
        yield from ()

    def suggested(self, models: Sequence[str]) -> dict[str, str]:
        """A model for each slot out of those that there are."""
        best, small = suggested_models(models)
        return {slot.name: small if slot.small else best for slot in self.slots}


def json_body(fields: Mapping[str, Any]) -> bytes:
    """A body for ``ProbeRequest``."""
    return json.dumps(fields, ensure_ascii=False).encode()


def local_url(base_url: str) -> str:
    """How programs on this machine reach pxbin: an address that means every interface is none that one connects to."""
    for every, this in (("//0.0.0.0:", "//127.0.0.1:"), ("//[::]:", "//[::1]:")):
        base_url = base_url.replace(every, this)
    return base_url


def _is_local(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in ("localhost", "::1") or host.startswith("127.")


def _plain(url: str) -> str:
    plain = url.rstrip("/").removesuffix("/v1")
    return plain.replace("://localhost:", "://127.0.0.1:")
