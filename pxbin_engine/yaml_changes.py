"""A YAML text with other values in it: comments, order and whatever did not change stay as they were."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from pxbin_engine.errors import ConfigError

_HEADER = "# Settings of pxbin. What each one means: docs/configuration.md\n"


def changed(text: str, changes: Mapping[str, Any], *, name: str = "config.yaml") -> str:
    """``text`` with ``changes`` in it. Only the lines of changed settings differ; new ones are added at the end.

    Raises:
        ConfigError: ``text`` is not YAML, or no mapping.
    """
    parser = _parser()
    try:
        before = yaml.safe_load(text) or {}
        values = parser.load(text)
    except (YAMLError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(name, "is not YAML that can be changed: correct it by hand") from error
    if values is None:
        values, text = CommentedMap(), text or _HEADER
    if not isinstance(values, CommentedMap):
        raise ConfigError(name, "must hold keys and values")
    wanted = {key: _plain(value) for key, value in changes.items() if value is not None}
    for key, value in changes.items():
        if value is None:
            values.pop(key, None)
        elif key not in before or before[key] != wanted[key]:
            values[key] = _quoted(wanted[key])
    if not values:
        return _comments(text)
    out = io.StringIO()
    parser.dump(values, out)
    result = (_comments(text) if not before else "") + out.getvalue()
    expected = {key: value for key, value in before.items() if key not in changes} | wanted
    if yaml.safe_load(result) != expected:
        raise ConfigError(name, "cannot be changed without changing more: correct it by hand")
    return result


def _parser() -> YAML:
    parser = YAML(typ="rt")
    parser.preserve_quotes = True
    parser.width = 4096  # a long line of the person's stays one line
    return parser


def _comments(text: str) -> str:
    """The comments of a text without settings."""
    kept = [line for line in text.splitlines() if line.lstrip().startswith("#") or not line.strip()]
    return "".join(f"{line}\n" for line in kept)


def _plain(value: Any) -> Any:
    """The value as YAML has it."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, str):
        return str.__str__(value)  # a Secret is written like any text
    return list(value) if isinstance(value, tuple | list) else value


def _quoted(value: Any) -> Any:
    """Texts in quotes: ``on`` and ``12:30`` mean other things to a YAML reader than to a person."""
    if isinstance(value, str):
        return DoubleQuotedScalarString(value)
    return [_quoted(one) for one in value] if isinstance(value, list) else value
