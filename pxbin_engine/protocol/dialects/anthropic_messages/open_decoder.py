"""Strict structs read openly: known fields must have their types, unknown ones are kept, not lost.

The fast way is one typed decode. Only an object with an unknown field costs a second one.
"""

import re
from typing import Any, Generic, TypeVar, get_origin

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.errors import ProtocolError

T = TypeVar("T", bound=Struct)

_WHAT_AND_WHERE = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<where>[^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]*)`")


class OpenDecoder(Generic[T]):
    """Decodes structs with ``forbid_unknown_fields``, or a union of such that is tagged by ``type``."""

    def __init__(self, *types: type[T]) -> None:
        union: Any = types[0]
        for one in types[1:]:
            union |= one
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(union)
        structs: list[type[Struct]] = [get_origin(one) or one for one in types]
        self._fields = {one.__struct_config__.tag: one.__struct_encode_fields__ for one in structs}
        self._tagged = None not in self._fields

    def decode(self, raw: bytes | Raw, path: str) -> tuple[T, dict[str, Any]] | None:
        """The value and its unknown fields; None where its ``type`` is none of these.

        Raises ``ProtocolError`` that names the field below ``path``, as Anthropic does (``messages.0.content``).
        """
        try:
            return self._decoder.decode(raw), {}
        except msgspec.ValidationError as error:
            return self._decode_slowly(raw, path, error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise malformed(error) from error

    def _decode_slowly(
        self, raw: bytes | Raw, path: str, error: msgspec.ValidationError
    ) -> tuple[T, dict[str, Any]] | None:
        fields = decode_fields(raw, path)
        tag = object_type(fields, path) if self._tagged else None
        if tag not in self._fields:
            return None
        known = {*self._fields[tag], "type"} if self._tagged else {*self._fields[tag]}
        unknown = fields.keys() - known
        if not unknown:
            raise invalid(error, path) from error
        rest = {name: value for name, value in fields.items() if name in known}
        try:
            value = self._decoder.decode(msgspec.json.encode(rest))
        except msgspec.ValidationError as deeper:
            raise invalid(deeper, path) from deeper
        return value, {
            name: msgspec.json.decode(fields[name]) for name in fields if name in unknown
        }


def decode_fields(raw: bytes | Raw, path: str) -> dict[str, Raw]:
    """An object's fields as they came. Raises ``ProtocolError``."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Raw])
    except msgspec.ValidationError as error:
        raise invalid(error, path) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(error) from error


def object_type(fields: dict[str, Raw], path: str) -> str:
    """The object's ``type``. Raises ``ProtocolError``."""
    if "type" not in fields:
        raise ProtocolError(f"{_joined(path, 'type')}: Field required")
    try:
        return msgspec.json.decode(fields["type"], type=str)
    except msgspec.ValidationError as error:
        raise invalid(error, _joined(path, "type")) from error


def invalid(error: msgspec.ValidationError, path: str) -> ProtocolError:
    """The error in the words of Anthropic's own, with the whole path of the field."""
    found = _WHAT_AND_WHERE.fullmatch(str(error))
    what, where = (found["what"], found["where"] or "") if found else (str(error), "")
    path = _joined(path, where.replace("[...]", "").replace("[", ".").replace("]", ""))
    if missing := _MISSING.fullmatch(what):
        path, what = _joined(path, missing["field"]), "Field required"
    return ProtocolError(f"{path}: {what}" if path else what)


def malformed(error: Exception) -> ProtocolError:
    """Not JSON at all."""
    if isinstance(error, RecursionError):
        return ProtocolError("The request body is nested too deeply.")
    return ProtocolError(f"The request body is not valid JSON: {error}")


def _joined(path: str, field: str) -> str:
    return f"{path}.{field}" if path and field else path or field
