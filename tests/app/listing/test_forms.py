"""An error is shown at the field that it is about."""

from pytestqt.qtbot import QtBot

from pxbin_app.listing.forms import EntryDialog
from pxbin_app.widgets.fields import TextField


def make(qtbot: QtBot) -> EntryDialog:
    dialog = EntryDialog(None, "Add upstream")
    qtbot.addWidget(dialog)
    return dialog


def test_an_error_speaks_of_the_field_by_its_label(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    field = dialog.add_named("base_url", "Base URL", TextField())
    dialog.set_field_error("base_url", "base_url must start with http:// or https://.")
    assert field.error == "Base URL must start with http:// or https://."
    assert dialog.error == ""


def test_an_error_about_no_field_is_the_whole_forms(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    dialog.set_field_error("targets", "Two targets are the same.")
    assert dialog.error == "Two targets are the same."


def test_fields_side_by_side_are_still_fields(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    one = dialog.add_named("one", "One", TextField())
    two = dialog.add_named("two", "Two", TextField())
    dialog.put_beside(one, two)
    dialog.show()
    assert one.y() == two.y()
    assert one.x() < two.x()
    dialog.set_busy(True)
    assert not two.isEnabled()
