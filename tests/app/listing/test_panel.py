"""The panel of a list: its actions, whatever it lists (see ``tests/app/pages`` for each page)."""

from pxbin_app.listing.panel import RowAction


def test_an_action_for_one_row_is_for_exactly_one() -> None:
    action = RowAction[int](text="Edit", icon_name="pencil-simple", run=lambda _rows: None)
    assert [action.possible(rows) for rows in ((), (1,), (1, 2))] == [False, True, False]


def test_an_action_for_many_is_for_any_that_allow_it() -> None:
    action = RowAction[int](
        text=lambda rows: f"Delete {len(rows)}",
        icon_name="trash",
        run=lambda _rows: None,
        many=True,
        allowed=lambda row: row > 0,
    )
    assert [action.possible(rows) for rows in ((), (1,), (1, 2), (1, -2))] == [
        False,
        True,
        True,
        False,
    ]
    assert action.text_for((1, 2)) == "Delete 2"
