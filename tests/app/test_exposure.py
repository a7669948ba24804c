"""Before other machines can reach pxbin."""

from pathlib import Path

from pxbin_app import exposure
from pxbin_engine.config import load_config


def test_kept_here_it_listens_at_the_same_port(tmp_path: Path) -> None:
    config = load_config({}, data_dir=tmp_path, listen_addr="0.0.0.0:9090")
    kept = exposure.kept_here(config)
    assert (kept.listen_addr, kept.data_dir) == ("127.0.0.1:9090", tmp_path)
    assert (config.exposed, kept.exposed) == (True, False)


def test_the_question_names_the_address() -> None:
    assert "0.0.0.0:9090" in exposure.question("0.0.0.0:9090")
