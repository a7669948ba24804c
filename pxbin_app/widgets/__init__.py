"""The widgets that pages are made of. All read ``pxbin_app.theme``; none knows the engine.

Import from the module, so that a page pays only for what it shows::

    page        Page(title, edge_to_edge=False): .header .body .add(); shown() hidden() focus_filter() dismiss()
    cards       Card(title, padded=True): .header .body .add(); FigureCard(label): set_figure(figure, note) set_trend(values)
    charts      StackedBarChart(title, say), LineChart(title, say): set_data(labels, [Series(name, values)]) .series
    series      Series; folded(series): at most five, then "other" (no Qt)
    sparkline   Sparkline: set_values(values); Meter: set_share(share, said, held=, mark=, tone=)
    labels      Label(text, style, color), MonoLabel, ElidingLabel, Pill(text, tone), Dot(tone | series=n)
    buttons     Button(text, kind, icon_name=, on_click=), IconButton(icon_name, name), CopyButton(text_callable),
                SegmentedControl(options, name), TabStrip(options, name): .value set_value() chosen
    fields      TextField, SecretField, SearchField (searched), Select(options) (chosen), CheckBox, Field(label, control, hint)
    table       DataTable([Column(title=, kind=, sample=, stretch=)], name): selected activated_row menu_requested near_end
    cells       CellRole: TONE SECOND SERIES, what an item model answers beside DisplayRole
    ordered_lines  OrderedLines: lines of a form that can be moved and removed, each an OrderedLine
    spinner     Spinner(name): turns while it is seen
    tick_list   TickList(name): set_items([TickItem(value=)]) set_filter() set_all(); ticked ticks_changed
    details     KeyValueList: set_rows([(label, value)]); Waterfall: set_spans([Span(label=, start_ms=, took_ms=, series=)])
    code_view   CodeView: set_text(text), search(words); of a long text only a few pages are laid out
    find_bar    SearchedCode(name): a CodeView (code) that Ctrl+F searches: open_search()
    states      StatefulView(content): show_content() show_loading() show_empty(sentence, action, on_click) show_error(...)
    messages    Banner, BannerArea, Toast: the window owns one of each (window.show_banner, window.toast)
    dialogs     FormDialog(parent, title): add_field() submitted set_busy() set_error(); ConfirmDialog; await ask(dialog)
    status_box  StatusBox: the foot of the sidebar
    throttle    Throttle(action, parent=): latest wins, at most 10 Hz
    format      money tokens duration ago ...: figures for people (no Qt)
    icons       icon(phosphor_name, color): follows the theme
    styling     row(...), column(...), hairline(), set_style_property()

A page's table::

    table = DataTable([Column(title="Time", sample="00:00:00"), Column(title="Status", kind="pill", sample="000"),
                       Column(title="Model", kind="model", stretch=True), Column(title="Cost", kind="number", sample="$0.0000")],
                      "Requests")
    table.setModel(model)          # DisplayRole: text; CellRole.TONE: "ok"; CellRole.SECOND: "glm-4.6"; CellRole.SERIES: 2
    table.selected.connect(self._show_details)

A dialog (never ``exec``; the loop must go on)::

    dialog = FormDialog(self, "Add upstream", primary="Add upstream")
    name = TextField(placeholder="Anthropic")
    field = dialog.add_field("Name", name, "As it is shown in Logs.")
    dialog.submitted.connect(lambda: presenter.add(name.text()))
    # later: field.set_error("Taken: another upstream has this name."), dialog.set_error(...), dialog.accept()
    dialog.open()                  # or, in a coroutine: if await ask(ConfirmDialog(self, "Delete Z.ai?", "...", confirm="Delete")): ...

Rules: colour is never the only sign; numbers are never cut; everything has an accessible name; a hidden page works nothing.
"""
