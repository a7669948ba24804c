"""pxbin.conf: quoted as PostgreSQL reads it, and understood by every major (the clusters of the other tests run on it)."""

from pxbin_engine.storage.postgres.conf import render_conf


def test_settings_of_18_are_not_given_to_17() -> None:
    assert "io_method" in render_conf(18)
    assert "io_method" not in render_conf(17)


def test_changes_go_over_ours_and_are_quoted() -> None:
    text = render_conf(18, {"max_connections": "7", "cluster_name": "it's a \\ here"})
    assert "max_connections = '7'\n" in text
    assert text.count("max_connections") == 1
    assert "cluster_name = 'it''s a \\\\ here'\n" in text


def test_nothing_is_compressed_in_a_way_that_only_some_builds_can_read() -> None:
    assert "lz4" not in render_conf(18)
    assert "zstd" not in render_conf(18)
