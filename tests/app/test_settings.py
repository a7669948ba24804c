"""What the app remembers survives a restart."""

from pathlib import Path

from pxbin_app.settings import Settings


def test_first_start(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert (settings.theme, settings.tray_explained) == ("system", False)
    assert settings.language == "system"
    assert (settings.notifications, settings.exposed_at) == (True, "")


def test_what_was_set_is_there_again(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.theme, settings.tray_explained = "dark", True
    settings.language = "de"
    settings.store.setValue("window/page", "logs")
    settings.notifications, settings.exposed_at = False, "0.0.0.0:8080"
    settings.save()
    again = Settings(tmp_path)
    assert (again.theme, again.tray_explained, again.store.value("window/page")) == (
        "dark",
        True,
        "logs",
    )
    assert again.language == "de"
    assert (again.notifications, again.exposed_at) == (False, "0.0.0.0:8080")


def test_a_damaged_file_is_a_first_start(tmp_path: Path) -> None:
    (tmp_path / "app.ini").write_bytes(b"\x00[window\ntheme=purple")
    assert Settings(tmp_path).theme == "system"


def test_a_language_that_pxbin_does_not_speak_is_the_systems(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.language = "tlh"
    assert settings.language == "system"


def test_the_start_and_kinds_of_news(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert (settings.start_hidden, settings.start_proxy, settings.first_run_done) == (
        True,
        True,
        False,
    )
    settings.start_hidden = settings.start_proxy = False
    settings.first_run_done = True
    settings.set_notified("upstream", False)
    settings.set_notified("budget", False)
    settings.set_notified("budget", True)
    settings.save()
    again = Settings(tmp_path)
    assert (again.start_hidden, again.start_proxy, again.first_run_done) == (False, False, True)
    assert (again.is_notified("upstream"), again.is_notified("budget")) == (False, True)
