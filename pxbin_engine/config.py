"""What the engine is told: ``config.yaml``, then ``PXBIN_<UPPER>`` environment variables over it.

Where the file is looked for, ``find_config_file`` says; it may be absent. An unknown key or a bad value raises
``ConfigError`` that names the key: nothing is guessed. Secrets never show in ``repr``.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
import platformdirs
import yaml
from msgspec import Struct, field

from pxbin_engine.errors import ConfigError

LogLevel = Literal["debug", "info", "warning", "error"]


class Secret(str):
    """A string that does not show itself in ``repr`` (so neither in logs nor in tracebacks)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')" if self else "Secret('')"


def default_data_dir() -> Path:
    """Where everything that pxbin stores is, unless told otherwise."""
    return Path(platformdirs.user_data_dir("pxbin", appauthor=False))


FILE_NAME = "config.yaml"


def find_config_file(environment: Mapping[str, str] | None = None) -> Path:
    """The file of settings, which need not be there.

    1. what ``PXBIN_CONFIG_PATH`` names, where it is set;
    2. ``./config.yaml``, where that is a file;
    3. ``config.yaml`` in the directory that ``PXBIN_DATA_DIR`` names, where that is set;
    4. ``config.yaml`` in the user's own directory for configuration.
    """
    environment = os.environ if environment is None else environment
    if named := environment.get("PXBIN_CONFIG_PATH"):
        return Path(named)
    here = Path(FILE_NAME)
    if here.is_file():
        return here
    if data_dir := environment.get("PXBIN_DATA_DIR"):
        return Path(data_dir).expanduser() / FILE_NAME
    return Path(platformdirs.user_config_dir("pxbin", appauthor=False)) / FILE_NAME


class EngineConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting of the engine, checked. Times are in the unit that the name says."""

    listen_addr: str = "127.0.0.1:8080"
    database_url: Secret = Secret()
    """Empty: the embedded PostgreSQL in ``data_dir``."""
    database_schema: str = "public"
    max_db_conns: int = 25
    min_db_conns: int = 5
    data_dir: Path = field(default_factory=default_data_dir)
    management_bootstrap_key: Secret = Secret()
    encryption_key: Secret = Secret()
    cors_origins: tuple[str, ...] = ()
    """Empty: no CORS headers at all."""
    allowed_hosts: tuple[str, ...] = ()
    """Names under which pxbin may be called, beside this machine's own; a web page that has another name rebound to this
    machine is refused."""
    allow_link_local: bool = False
    """Whether an upstream may be at a link-local address, where clouds keep their machines' credentials."""
    bad_key_limit: int = 20
    """Unknown keys a minute from one address, after which it is locked out for ``bad_key_lockout_seconds``; 0: never."""
    bad_key_lockout_seconds: float = 60.0
    log_buffer_size: int = 10_000
    log_retention_days: int = 90
    log_bodies: Literal["off", "errors", "all"] = "off"
    """Of which requests the bodies are kept; ``errors``: of those that fail or are refused."""
    log_body_kb: int = 256
    """How much is kept of each body."""
    log_body_retention_days: int = 7
    """And for how long, where the rows are not dropped before."""
    record_project_directory: bool = True
    """Whether the directory that a coding agent says it works in is kept with its requests."""
    rate_limit_rps: float = 0.0
    """Requests a second for each key; 0: no limit."""
    rate_limit_burst: int = 0
    cb_failure_threshold: int = 5
    cb_timeout_seconds: float = 30.0
    cb_error_rate: float = 0.5
    """The share of failures among the requests of ``cb_window_seconds`` from which an upstream is left alone; 0: never for that."""
    cb_window_seconds: float = 60.0
    cb_min_requests: int = 20
    """As many must have ended in that time before their share says anything."""
    key_rest_seconds: float = 60.0
    """How long one of several keys of an upstream rests after it was refused, where the upstream does not say how long."""
    health_check_seconds: float = 60.0
    """How often an upstream without traffic is asked for its model list; 0: never."""
    retry_max_attempts: int = 3
    retry_base_delay_ms: int = 100
    retry_max_seconds: float = 120.0
    """How old a request may be for the same target to be asked again; another target may still be tried."""
    connect_timeout_seconds: float = 10.0
    first_byte_timeout_seconds: float = 600.0
    """How long an upstream may take to begin its answer."""
    upstream_timeout_seconds: float = 600.0
    """Silence of an upstream within its answer, not the length of that."""
    client_timeout_seconds: float = 300.0
    """How long a client may send nothing of its body, or read nothing of its answer."""
    commit_delay_seconds: float = 12.0
    """How long the status is held back for a real one before the stream is opened with pings."""
    ping_interval_seconds: float = 12.0
    max_body_mb: int = 64
    responses_memory_mb: int = 64
    """For what clients of the Responses API point to later; 0: nothing is remembered."""
    web_search_provider: Literal["", "searxng", "brave"] = ""
    """Who searches the web where an upstream cannot; empty: nobody."""
    web_search_url: str = ""
    """Where SearXNG is; for Brave only where it is not at its own address."""
    web_search_api_key: Secret = Secret()
    """Brave's; SearXNG has none."""
    metrics_enabled: bool = False
    otlp_endpoint: str = ""
    """Where traces go (OTLP over HTTP, ``http://host:4318``); empty: nowhere. Needs the extra ``otel``."""
    log_format: Literal["json", "text"] = "text"
    log_level: LogLevel = "info"

    @property
    def host(self) -> str:
        """The address to listen at."""
        return _split_address(self.listen_addr)[0]

    @property
    def port(self) -> int:
        """The port to listen at; 0 takes a free one."""
        return _split_address(self.listen_addr)[1]

    @property
    def exposed(self) -> bool:
        """Whether other machines can reach what listens there: at all but this machine's own addresses."""
        if self.host.lower() == "localhost":
            return False
        try:
            return not ip_address(self.host).is_loopback
        except ValueError:
            return True  # a name: it may lead to any address of this machine

    @property
    def embedded(self) -> bool:
        """Whether the embedded PostgreSQL is used."""
        return not self.database_url


def load_config(
    environment: Mapping[str, str] | None = None, *, path: Path | None = None, **overrides: Any
) -> EngineConfig:
    """Read the file, lay the environment over it, then ``overrides``; check everything.

    Raises:
        ConfigError: a key is unknown, or a value is bad; the message names where it came from.
    """
    environment = os.environ if environment is None else environment
    path = path or find_config_file(environment)
    if environment.get("PXBIN_CONFIG_PATH") and not path.exists():
        raise ConfigError("PXBIN_CONFIG_PATH", f"there is no file {path}")
    values = read_settings(path)
    values |= from_environment(environment)
    values |= overrides
    return _checked(values)


_LISTS = frozenset({"cors_origins", "allowed_hosts"})
"""Separated by commas in the environment."""

_NOT_SETTINGS = {
    "PXBIN_CONFIG_PATH",
    "PXBIN_PG_BIN",
    "PXBIN_KEY",  # a client's: Codex and OpenCode are told to find their key there
}


def read_settings(path: Path) -> dict[str, Any]:
    """What the file says, by setting, and not checked yet but for the names; nothing where there is no file.

    Raises:
        ConfigError: it cannot be read, or names what is no setting.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}") from error
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(str(path), f"is not YAML: {_yaml_problem(error)}") from None
    except (ValueError, RecursionError):  # a day or a number that cannot be, or no end of brackets
        raise ConfigError(str(path), "is not YAML: it has a value that cannot be read") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(str(path), "must hold keys and values")
    for key in values:
        _known(str(key), f"{key} (in {path})")
    return {str(key): value for key, value in values.items()}


def _yaml_problem(error: yaml.YAMLError) -> str:
    """What is wrong and where, without the lines around it: secrets may stand there."""
    problem = getattr(error, "problem", None) or "it cannot be read"
    mark = getattr(error, "problem_mark", None)
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark else str(problem)


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings that the environment holds, as texts and lists of texts; not checked yet but for their names."""
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith("PXBIN_") or variable in _NOT_SETTINGS:
            continue
        key = variable.removeprefix("PXBIN_").lower()
        _known(key, variable)
        values[key] = (
            [part.strip() for part in text.split(",") if part.strip()] if key in _LISTS else text
        )
    return values


def _known(key: str, shown: str) -> None:
    if key not in EngineConfig.__struct_fields__:
        raise ConfigError(shown, "is not a setting of pxbin")


def _decode_custom(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    if issubclass(kind, Path) and isinstance(value, str | Path):
        return Path(value).expanduser().absolute()
    raise ValueError(f"expected text, got {type(value).__name__}")


def _checked(values: dict[str, Any]) -> EngineConfig:
    for key, value in list(values.items()):
        _known(key, key)
        if key == "listen_addr" and isinstance(value, int):
            values[key] = str(value)
    types = get_type_hints(EngineConfig)
    clean: dict[str, Any] = {}
    for key, value in values.items():
        try:
            clean[key] = msgspec.convert(value, types[key], strict=False, dec_hook=_decode_custom)
        except (msgspec.ValidationError, ValueError) as error:
            raise ConfigError(key, _reason(error)) from error
    config = EngineConfig(**clean)
    _check_ranges(config)
    return config


def _reason(error: Exception) -> str:
    return str(error)[:1].lower() + str(error)[1:]


def _check_ranges(config: EngineConfig) -> None:
    _split_address(config.listen_addr)
    if config.encryption_key and len(config.encryption_key) < 16:
        raise ConfigError("encryption_key", "must have at least 16 characters")
    if config.management_bootstrap_key and len(config.management_bootstrap_key) < 16:
        raise ConfigError("management_bootstrap_key", "must have at least 16 characters")
    if config.min_db_conns > config.max_db_conns:
        raise ConfigError("min_db_conns", f"must not exceed max_db_conns ({config.max_db_conns})")
    if config.database_url and urlsplit(config.database_url).scheme not in {
        "postgres",
        "postgresql",
    }:
        raise ConfigError("database_url", "must start with postgresql://")
    if not config.database_schema.isidentifier():
        raise ConfigError("database_schema", "must be a plain identifier")
    _check_web_search(config)
    for key, least in _LEAST.items():
        if getattr(config, key) < least:
            raise ConfigError(key, f"must be at least {least}")
    if config.cb_error_rate > 1:
        raise ConfigError("cb_error_rate", "is a share: at most 1")
    if config.log_body_kb > _LARGEST_BODY_KB:
        raise ConfigError("log_body_kb", f"must be at most {_LARGEST_BODY_KB}")


def _check_web_search(config: EngineConfig) -> None:
    provider, url = config.web_search_provider, config.web_search_url
    if not provider and (url or config.web_search_api_key):
        raise ConfigError("web_search_provider", "must be searxng or brave: the rest of it is set")
    if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
        raise ConfigError("web_search_url", "must be an address that starts with http(s)://")
    if provider == "searxng" and not url:
        raise ConfigError("web_search_url", "is missing: where is SearXNG?")
    if provider == "searxng" and config.web_search_api_key:
        raise ConfigError("web_search_api_key", "must be empty: SearXNG takes no key")
    if provider == "brave" and not config.web_search_api_key:
        raise ConfigError("web_search_api_key", "is missing: Brave answers only with a key")


_LARGEST_BODY_KB = 16_384

_LEAST: dict[str, float] = {
    "max_db_conns": 2,
    "min_db_conns": 0,
    "log_buffer_size": 1,
    "log_retention_days": 1,
    "log_body_kb": 1,
    "log_body_retention_days": 1,
    "rate_limit_rps": 0,
    "rate_limit_burst": 0,
    "cb_failure_threshold": 1,
    "cb_timeout_seconds": 0,
    "cb_error_rate": 0,
    "cb_window_seconds": 1,
    "cb_min_requests": 1,
    "key_rest_seconds": 0,
    "health_check_seconds": 0,
    "bad_key_limit": 0,
    "bad_key_lockout_seconds": 1,
    "first_byte_timeout_seconds": 1,
    "retry_max_attempts": 1,
    "retry_base_delay_ms": 0,
    "retry_max_seconds": 0,
    "connect_timeout_seconds": 0.1,
    "upstream_timeout_seconds": 1,
    "client_timeout_seconds": 1,
    "commit_delay_seconds": 0,
    "ping_interval_seconds": 1,
    "max_body_mb": 1,
    "responses_memory_mb": 0,
}


def _split_address(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdigit() or int(port) > 65535 or "/" in host or "@" in host:
        raise ConfigError("listen_addr", f"{address!r} is not host:port")
    return host, int(port)
