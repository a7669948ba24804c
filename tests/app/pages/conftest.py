"""Pages are tested as they are shown: with the theme on."""

from tests.app.widgets.conftest import dressed

__all__ = ["dressed"]
