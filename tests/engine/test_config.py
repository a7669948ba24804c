"""Settings: file, environment, checks, and an error that names the key."""

from pathlib import Path

import pytest

from pxbin_engine.config import EngineConfig, Secret, load_config
from pxbin_engine.errors import ConfigError


def test_defaults_listen_on_loopback_only() -> None:
    config = load_config({})
    assert (config.host, config.port) == ("127.0.0.1", 8080)
    assert config.cors_origins == ()
    assert config.embedded


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        (":8080", "127.0.0.1", 8080),
        ("0.0.0.0:1", "0.0.0.0", 1),
        ("[::1]:80", "::1", 80),
        ("127.0.0.1:0", "127.0.0.1", 0),
    ],
)
def test_listen_address(address: str, host: str, port: int) -> None:
    config = load_config({"PXBIN_LISTEN_ADDR": address})
    assert (config.host, config.port) == (host, port)


def test_environment_lies_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("log_level: debug\nmax_db_conns: 7\ncors_origins: [http://a]\n")
    config = load_config({"PXBIN_CONFIG_PATH": str(file), "PXBIN_MAX_DB_CONNS": "9"})
    assert (config.log_level, config.max_db_conns, config.cors_origins) == (
        "debug",
        9,
        ("http://a",),
    )


def test_lists_in_the_environment_are_separated_by_commas() -> None:
    assert load_config({"PXBIN_CORS_ORIGINS": "http://a, http://b,"}).cors_origins == (
        "http://a",
        "http://b",
    )


def test_other_variables_are_not_ours() -> None:
    assert load_config({"HOME": "/x", "PXBIN_PG_BIN": "/y", "PXBIN_KEY": "pxb_z"}) == load_config(
        {}
    )


@pytest.mark.parametrize(
    ("variable", "value", "names"),
    [
        ("PXBIN_COLOUR", "red", "PXBIN_COLOUR"),
        ("PXBIN_MAX_DB_CONNS", "many", "max_db_conns"),
        ("PXBIN_MAX_DB_CONNS", "0", "max_db_conns"),
        ("PXBIN_MIN_DB_CONNS", "99", "min_db_conns"),
        ("PXBIN_LISTEN_ADDR", "nowhere", "listen_addr"),
        ("PXBIN_LISTEN_ADDR", "127.0.0.1:99999", "listen_addr"),
        ("PXBIN_LISTEN_ADDR", "http://127.0.0.1:8080", "listen_addr"),
        ("PXBIN_LOG_LEVEL", "loud", "log_level"),
        ("PXBIN_ENCRYPTION_KEY", "short", "encryption_key"),
        ("PXBIN_DATABASE_URL", "mysql://x", "database_url"),
        ("PXBIN_DATABASE_SCHEMA", 'a"b', "database_schema"),
        ("PXBIN_METRICS_ENABLED", "maybe", "metrics_enabled"),
        ("PXBIN_CB_ERROR_RATE", "50", "cb_error_rate"),
        ("PXBIN_LOG_BODIES", "some", "log_bodies"),
        ("PXBIN_LOG_BODY_KB", "16385", "log_body_kb"),
        ("PXBIN_LOG_BODY_RETENTION_DAYS", "0", "log_body_retention_days"),
        ("PXBIN_CONFIG_PATH", "/does/not/exist.yaml", "PXBIN_CONFIG_PATH"),
    ],
)
def test_a_bad_setting_is_named(variable: str, value: str, names: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config({variable: value})
    assert names in caught.value.message


@pytest.mark.parametrize("text", ["- a\n- b", "a: [", "nonsense: 1", "log_level: loud"])
def test_a_bad_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        load_config({"PXBIN_CONFIG_PATH": str(file)})


@pytest.mark.parametrize(
    "value", ["2024-99-99", "9" * 5000, "[" * 2000], ids=["date", "number", "depth"]
)
def test_a_value_that_yaml_gives_up_on_is_told(value: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"listen_addr: {value}\n")
    with pytest.raises(ConfigError, match=r"config\.yaml: is not YAML") as caught:
        load_config({}, path=file)
    assert value not in str(caught.value)


def test_a_file_that_is_no_yaml_is_told_by_place_and_not_by_content(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text('log_level: info\nencryption_key: "hunter2-hunter2\n')
    with pytest.raises(ConfigError, match=r"config\.yaml: is not YAML: .* \(line 3") as caught:
        load_config({"PXBIN_CONFIG_PATH": str(file)})
    assert "hunter2" not in caught.value.message


def test_secrets_do_not_show() -> None:
    config = EngineConfig(
        encryption_key=Secret("correct horse battery"), database_url=Secret("postgresql://u:pw@h/d")
    )
    assert "horse" not in repr(config)
    assert "pw" not in repr(config)


def test_a_secret_in_an_error_does_not_show() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config({"PXBIN_ENCRYPTION_KEY": "hunter2"})
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"PROVIDER": "google"}, "web_search_provider"),
        ({"URL": "http://s"}, "web_search_provider"),
        ({"API_KEY": "secret-key"}, "web_search_provider"),
        ({"PROVIDER": "searxng"}, "web_search_url"),
        ({"PROVIDER": "searxng", "URL": "127.0.0.1:8888"}, "web_search_url"),
        ({"PROVIDER": "searxng", "URL": "http://s", "API_KEY": "secret-key"}, "web_search_api_key"),
        ({"PROVIDER": "brave"}, "web_search_api_key"),
    ],
)
def test_web_search_is_configured_as_a_whole(settings: dict[str, str], names: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config({f"PXBIN_WEB_SEARCH_{name}": value for name, value in settings.items()})
    assert caught.value.message.startswith(names)
    assert "secret-key" not in caught.value.message


def test_web_search_from_a_file_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("web_search_provider: brave\n")
    config = load_config({"PXBIN_WEB_SEARCH_API_KEY": "secret-key"}, path=file)
    assert (config.web_search_provider, config.web_search_api_key) == ("brave", "secret-key")
    assert "secret-key" not in repr(config)


@pytest.mark.parametrize(
    ("address", "exposed"),
    [
        ("127.0.0.1:1", False),
        ("127.0.0.9:1", False),
        ("localhost:1", False),
        ("[::1]:1", False),
        (":8080", False),
        ("0.0.0.0:1", True),
        ("[::]:1", True),
        ("192.168.1.5:1", True),
        ("my-machine:1", True),
    ],
)
def test_what_other_machines_can_reach(address: str, exposed: bool) -> None:
    assert EngineConfig(listen_addr=address).exposed is exposed
