"""Who serves a model, edited: lines of (upstream, name there) in the order in which they are tried."""

from collections.abc import Callable, Sequence
from uuid import UUID

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pxbin_app.listing.forms import whole_number
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.fields import Select, TextField
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.ordered_lines import OrderedLine, OrderedLines
from pxbin_app.widgets.styling import row
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import TargetRecord, UpstreamRecord

_THEN, _SHARED = "then", "shared"
_TURNS = [(_THEN, "then"), (_SHARED, "shared with it")]
ORDER_HINT = (
    "Tried from the top, the next one when one fails. Those that share a place divide the sessions "
    "by weight; a session stays with one of them."
)


class TargetLine(OrderedLine):
    """One upstream and the name that the model has there; ``changed`` where its turn or its weight is another one."""

    def __init__(self, options: Sequence[tuple[str, str]], changed: Callable[[], None]) -> None:
        self.turn = Select(_TURNS, name="When it is tried")
        self.first = Label("first", "body", "text2")
        self.upstream = Select(options, name="Upstream")
        self.name = TextField(placeholder="Name there (empty: the same)")
        self.name.setAccessibleName("Name there")
        self.weight = TextField("1")
        self.weight.setAccessibleName("Weight")
        self.share = Label("", "table", "text2")
        super().__init__(
            [self.first, self.turn, self.upstream, self.name, self.weight, self.share],
            self.name,
            remove="Remove this upstream",
        )
        self.first.setFixedWidth(128)
        self.first.setContentsMargins(9, 0, 0, 0)
        self.turn.setFixedWidth(128)
        self.upstream.setFixedWidth(150)
        self.weight.setFixedWidth(44)
        self.share.setFixedWidth(40)
        self.turn.chosen.connect(lambda _turn: changed())
        self.weight.textChanged.connect(lambda _text: changed())

    @property
    def shares(self) -> bool:
        """Whether it has the same turn as the line above."""
        return self.turn.value == _SHARED

    def set_place(self, place: int, count: int) -> None:
        super().set_place(place, count)
        self.first.setVisible(place == 0)
        self.turn.setVisible(place > 0)
        self.remove.setEnabled(count > 1)

    def set_share(self, share: float | None) -> None:
        """Say its part of the sessions; None where it shares with no one."""
        self.weight.setVisible(share is not None)
        self.share.setText("" if share is None else f"{share:.0%}")
        self.share.setVisible(share is not None)


class TargetsEditor(QWidget):
    """The lines; they can be moved, added and removed."""

    def __init__(self, upstreams: Sequence[UpstreamRecord]) -> None:
        super().__init__()
        self._options = [(str(one.id), one.name) for one in upstreams]
        self._ordered: OrderedLines[TargetLine] = OrderedLines()
        self._ordered.moved.connect(lambda _line, _place: self._show_shares())
        self.add = Button("Add an upstream", "quiet", icon_name="plus", on_click=self._add_fallback)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(self._ordered)
        whole.addLayout(row(self.add, None))

    @property
    def lines(self) -> list[TargetLine]:
        """The lines in their order."""
        return self._ordered.lines

    def targets(self, *, default_name: str) -> tuple[TargetRecord, ...]:
        """The lines in their order; one without a name there has ``default_name`` there too.

        Raises:
            InvalidInput: a weight is no whole number.
        """
        return tuple(
            TargetRecord(
                upstream_id=UUID(line.upstream.value),
                upstream_model=line.name.text().strip() or default_name,
                priority=priority,
                weight=_weight_of(line) if len(group) > 1 else 1,
            )
            for priority, group in enumerate(self._groups())
            for line in group
            if line.upstream.value
        )

    def set_targets(self, targets: Sequence[TargetRecord]) -> None:
        """Show these; without any, one line to fill in."""
        before: int | None = None
        for target in sorted(targets, key=lambda one: one.priority):
            line = self.add_line(str(target.upstream_id), target.upstream_model)
            line.turn.set_value(_SHARED if target.priority == before else _THEN)
            line.weight.setText(str(target.weight))
            before = target.priority
        if not targets:
            self.add_line()
        self._show_shares()

    def add_line(self, upstream_id: str = "", name: str = "") -> TargetLine:
        """Add a line at the end."""
        line = TargetLine(self._options, self._show_shares)
        if upstream_id:
            line.upstream.set_value(upstream_id)
        line.name.setText(name)
        line.remove_requested.connect(lambda: self._remove(line))
        self._ordered.add_line(line)
        self._show_shares()
        return line

    def _add_fallback(self) -> None:
        self.add_line()

    def _remove(self, line: TargetLine) -> None:
        self._ordered.remove_line(line)
        self._show_shares()

    def _groups(self) -> list[list[TargetLine]]:
        """The lines, those of one turn together."""
        groups: list[list[TargetLine]] = []
        for line in self.lines:
            if groups and line.shares:
                groups[-1].append(line)
            else:
                groups.append([line])
        return groups

    def _show_shares(self) -> None:
        for group in self._groups():
            weights = [_readable_weight(line) for line in group]
            whole = sum(weights) or 1
            for line, weight in zip(group, weights, strict=True):
                line.set_share(weight / whole if len(group) > 1 else None)


def _weight_of(line: TargetLine) -> int:
    weight = whole_number(line.weight.text(), field="weight")
    if weight is None or weight < 1:
        raise InvalidInput("weight must be a whole number from 1 on.", field="weight")
    return weight


def _readable_weight(line: TargetLine) -> int:
    """While it is typed, what is no number yet has no part."""
    try:
        return _weight_of(line)
    except InvalidInput:
        return 0
