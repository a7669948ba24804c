"""Setting a client up, for the page Clients and for the first run: one presenter, and the view of its plan.

::

    probe        one real request in a client's own dialect, and the row that it left
    advice       what a failed one means, and what mends it
    presenter    ClientSetupPresenter: which clients there are, what would change, apply, test, undo; no widgets
    diff_view    DiffView: the lines that change
    setup_view   SetupView: a client's models, its diff, conflicts, and the buttons
"""
