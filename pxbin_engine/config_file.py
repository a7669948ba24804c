"""``config.yaml`` as it is changed by the program: comments, order and whatever it did not change stay as they were."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pxbin_engine.config import (
    EngineConfig,
    find_config_file,
    from_environment,
    load_config,
    read_settings,
)
from pxbin_engine.errors import ConfigError

_PRIVATE = 0o600
"""Of a file that is made: it may come to hold the password of a database."""


class ConfigFile:
    """The file of one run, with what lies over it.

    Attributes:
        path: where it is, or will be once something is written.
        locked: the settings that the file does not decide in this run, each with the reason as a sentence.
    """

    def __init__(
        self,
        *,
        path: Path | None = None,
        environment: Mapping[str, str] | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        """Name it, without reading it.

        Args:
            path: None: where ``find_config_file`` finds it.
            environment: None: this process's.
            overrides: what the command line said, by setting.
        """
        self._environment = dict(os.environ if environment is None else environment)
        self._overrides = dict(overrides or {})
        self.path = (path or find_config_file(self._environment)).absolute()
        self.locked = {
            name: f"Set by the environment variable PXBIN_{name.upper()}."
            for name in from_environment(self._environment)
        } | dict.fromkeys(self._overrides, "Set on the command line.")

    def load(self) -> EngineConfig:
        """The configuration of this run, as the file says now.

        Raises:
            ConfigError: a key is unknown, or a value is bad.
        """
        return load_config(self._environment, path=self.path, **self._overrides)

    def check(self, changes: Mapping[str, Any]) -> EngineConfig:
        """The configuration as it would be after ``write(changes)``; nothing is written.

        Raises:
            ConfigError: ``key`` names the change that cannot be made, and the message says why.
        """
        for name in changes:
            if name in self.locked:
                raise ConfigError(name, self.locked[name])
        values = read_settings(self.path) | dict(changes)
        wanted = {name: value for name, value in values.items() if value is not None}
        return load_config(self._environment, path=Path(os.devnull), **(wanted | self._overlay()))

    def write(self, changes: Mapping[str, Any]) -> EngineConfig:
        """Check ``changes`` (values by setting; None takes a setting out) and write them; the configuration that results.

        Raises:
            ConfigError: a change cannot be made, or the file cannot be written; it is as it was then.
        """
        config = self.check(changes)
        write(self.path, changes)
        return config

    def _overlay(self) -> dict[str, Any]:
        return from_environment(self._environment) | self._overrides


def write(path: Path, changes: Mapping[str, Any]) -> None:
    """Put ``changes`` into the file, which is replaced as a whole or not at all; nothing is checked against the settings.

    Raises:
        ConfigError: it is not YAML, or cannot be written.
    """
    from pxbin_engine.yaml_changes import changed  # noqa: PLC0415  # its library is for who changes something

    text = changed(_read(path), changes, name=str(path))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(path.resolve(), text)  # a link stays one
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written: {error.strerror}") from error


def _read(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # what replaces a device or a pipe ends it
            raise ConfigError(str(path), "is no file")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}") from error


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else _PRIVATE
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
