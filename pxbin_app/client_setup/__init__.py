"""Setting a client up, for the page Clients and for the first run: one presenter, and the view of its plan.

::

    probe        one real request in a client's own dialect, and the row that it left
    advice       what a failed one means, and what mends it
    operations   SetupOperations: look, plan, apply, test, undo, over the engine and the disk
    presenter    ClientSetupPresenter: which clients there are, what would change, apply, test, undo; no widgets
    diff_view    DiffView: the lines that change
    words        what is told, in whole sentences
    repair       what a crash left half done, put right at the start
    setup_view   SetupView: a client's models, its diff, conflicts, and the buttons
"""
