"""The OpenAPI 3.1 document of the management API, made of its routes and of the types that they take and answer.

msgspec says what a type looks like. What it does not know is added: that answers leave no field out, that money is a number
there and a number or a text in bodies, and which texts are times.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Protocol

import msgspec
from msgspec import inspect

from pxbin_engine.records import Permission
from pxbin_engine.server.route_shapes import SHAPES, Shape

Schema = dict[str, Any]

_REF = "#/components/schemas/{name}"
_DECIMAL = r"^-?(\d{1,12}(\.\d{1,12})?|\.\d{1,12})$"
_SECURITY: list[Schema] = [{"key": []}, {"bearer": []}]
_TEXTS = {
    400: "The body, a field or a parameter cannot be used.",
    401: "No key, or one that is not known, was revoked or has expired.",
    403: "The key is of the other kind or lacks the permission, or a web page that is not listed asked.",
    404: "There is no such thing.",
    409: "The name is taken.",
    413: "The body is too large.",
    429: "Too many unknown keys came from this address.",
    500: "A fault of pxbin.",
    502: "The upstream did not answer as it should.",
    503: "The database is away, or an upstream's key cannot be stored or read.",
}
_ALWAYS = (401, 403, 429, 500, 503)


class Described(Protocol):
    """What is read of a route."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def permission(self) -> Permission | None: ...


def document(routes: Sequence[Described], error_types: Iterable[str]) -> Schema:
    """The document, as plain data.

    Args:
        routes: below ``/api``.
        error_types: every ``type`` that an error can have.

    Raises:
        KeyError: a route has no shape.
    """
    shapes = [(route, SHAPES[route.method, route.path]) for route in routes]
    taken, answered = _Types.taken(shapes), _Types.answered(shapes)
    paths: dict[str, Schema] = {}
    for route, shape in shapes:
        operation = _operation(route, shape, taken, answered)
        paths.setdefault(f"/api{route.path}", {})[route.method.lower()] = operation
    queries = {shape.query.__name__ for _, shape in shapes if shape.query}
    bodies = {name: schema for name, schema in taken.components.items() if name not in queries}
    schemas = {**bodies, **answered.components, "Error": _error(error_types)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pxbin management API",
            "version": version("pxbin"),
            "description": "Times are RFC 3339 in UTC. Money is US dollars; null means unknown, never 0.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


class _Types:
    """Schemas of types, and of all that they are made of."""

    def __init__(
        self, kinds: Sequence[Any], amend: Mapping[str, Any], renamed: Mapping[str, str]
    ) -> None:
        unique = list(dict.fromkeys(kinds))
        found, components = msgspec.json.schema_components(unique, ref_template=_REF)
        structs = {node.cls.__name__: node for node in _structs(unique)}
        self._renamed, self._amend = renamed, amend
        self._found = dict(zip(unique, map(self._amended, found), strict=True))
        self.components = {
            renamed.get(name, name): self._component(schema, structs.get(name))
            for name, schema in components.items()
        }

    @classmethod
    def taken(cls, shapes: Sequence[tuple[Described, Shape]]) -> "_Types":
        """Of bodies and queries; a struct that is answered too has a name of its own here."""
        kinds = [kind for _, shape in shapes for kind in (shape.body, shape.query) if kind]
        both = {node.cls.__name__ for node in _structs(kinds)} & {
            node.cls.__name__ for node in _structs(_answers(shapes))
        }
        money = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": _DECIMAL}]}
        return cls(kinds, money, {name: f"{name}Given" for name in both})

    @classmethod
    def answered(cls, shapes: Sequence[tuple[Described, Shape]]) -> "_Types":
        """Of answers."""
        types = cls(_answers(shapes), {"type": "number"}, {})
        by_name = {node.cls.__name__: node for node in _structs(_answers(shapes))}
        for name, schema in types.components.items():
            if name in by_name and not by_name[name].cls.__struct_config__.omit_defaults:
                schema["required"] = [*schema["properties"]]
            for field in schema.get("properties", {}).values():
                field.pop("default", None)
        return types

    def __getitem__(self, kind: Any) -> Schema:
        """The schema of one of the types."""
        found: Schema = self._found[kind]
        return found

    def _component(self, schema: Schema, node: inspect.StructType | None) -> Schema:
        amended: Schema = self._amended(schema)
        if "description" in amended:
            amended["description"] = " ".join(amended["description"].split())
        for field in node.fields if node else ():
            if _is_time(field.type):
                _mark_times(amended["properties"][field.encode_name])
        return amended

    def _amended(self, schema: Any) -> Any:
        if isinstance(schema, list):
            return [self._amended(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        if schema.get("format") == "decimal":
            return {
                **self._amend,
                **({"default": schema["default"]} if "default" in schema else {}),
            }
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return {**schema, "$ref": _REF.format(name=self._renamed.get(name, name))}
        return {key: self._amended(value) for key, value in schema.items()}


def _answers(shapes: Sequence[tuple[Described, Shape]]) -> list[Any]:
    return [shape.answer for _, shape in shapes if shape.answer is not None]


def _structs(kinds: Sequence[Any]) -> Iterator[inspect.StructType]:
    """All structs that the types are made of."""
    waiting: list[Any] = list(inspect.multi_type_info(kinds))
    seen: set[type] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, inspect.StructType):
            if node.cls in seen:
                continue
            seen.add(node.cls)
            yield node
        for part in (getattr(node, name, ()) for name in ("fields", "types", "item_types")):
            waiting += part
        waiting += (
            getattr(node, name)
            for name in ("type", "item_type", "key_type", "value_type")
            if hasattr(node, name)
        )


def _is_time(kind: inspect.Type) -> bool:
    types = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return any(
        isinstance(getattr(one, "type", one), inspect.DateTimeType)  # Metadata wraps its type
        for one in types
    )


def _mark_times(schema: Schema) -> None:
    for one in schema.get("anyOf", (schema,)):
        if one.get("type") == "string":
            one["format"] = "date-time"


def _operation(route: Described, shape: Shape, taken: _Types, answered: _Types) -> Schema:
    names = re.findall(r"\{(\w+)\}", route.path)
    parts = [part.strip("{}") for part in route.path.split("/")[2:]]
    operation: Schema = {
        "operationId": "_".join([route.method.lower(), *parts]).replace("-", "_").replace(".", "_"),
        "summary": shape.summary,
        "tags": [parts[0]],
        "security": _SECURITY if route.permission else [],
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": _name(name)}
                for name in names
            ),
            *(_parameters(taken, shape.query) if shape.query else ()),
        ],
        "responses": {
            str(shape.status): _answer(shape, answered),
            **{str(status): _refusal(status) for status in _refusals(shape, names)},
        },
    }
    if route.permission:
        operation["description"] = (
            f"Takes a management key with the permission `{route.permission}`."
        )
    if shape.body:
        content = {"application/json": {"schema": taken[shape.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


_ID: Schema = {"type": "string", "format": "uuid"}
_TEXT_NAMES = {"session_id"}
"""Names in paths that are no ids of pxbin's own: their clients choose them."""


def _name(name: str) -> Schema:
    return {"type": "string", "minLength": 1} if name in _TEXT_NAMES else _ID


def _refusals(shape: Shape, names: Sequence[str]) -> list[int]:
    statuses = {*_ALWAYS}
    if shape.body or shape.query or _TEXT_NAMES.intersection(names):
        statuses |= {400}
    if names or shape.body:
        statuses |= {404, 409}
    if shape.may_miss:
        statuses |= {404}
    if shape.body:
        statuses |= {413, 502}
    return sorted(statuses)


def _refusal(status: int) -> Schema:
    error = {"schema": {"$ref": _REF.format(name="Error")}}
    return {"description": _TEXTS[status], "content": {"application/json": error}}


def _parameters(taken: _Types, query: type) -> Iterator[Schema]:
    component = taken.components[taken[query]["$ref"].rpartition("/")[2]]
    for name, schema in component["properties"].items():
        required = name in component.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": _not_null(schema)}


def _not_null(schema: Schema) -> Schema:
    """A parameter that is given has a value."""
    kinds: list[Schema] = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


def _answer(shape: Shape, answered: _Types) -> Schema:
    if shape.media_types:
        content = {kind: {"schema": {"type": "string"}} for kind in shape.media_types}
    else:
        content = {"application/json": {"schema": _envelope(shape, answered)}}
    return {"description": shape.summary, "content": content}


def _envelope(shape: Shape, answered: _Types) -> Schema:
    if shape.answer is None:
        return {"type": "object"}
    data = answered[shape.answer]
    if not shape.is_page:
        return {"type": "object", "required": ["data"], "properties": {"data": data}}
    count = {"type": "integer", "minimum": 0}
    meta = {
        "type": "object",
        "required": ["total", "page", "per_page"],
        "properties": {"total": count, "page": count, "per_page": count},
    }
    return {
        "type": "object",
        "required": ["data", "meta"],
        "properties": {"data": {"type": "array", "items": data}, "meta": meta},
    }


def _error(types: Iterable[str]) -> Schema:
    error = {
        "type": "object",
        "required": ["type", "message"],
        "properties": {
            "type": {"enum": sorted(set(types))},
            "message": {"type": "string"},
            "field": {"type": "string"},
        },
    }
    return {"type": "object", "required": ["error"], "properties": {"error": error}}
