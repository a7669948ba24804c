"""The page Models: the names that clients can use, who serves each, and what its tokens cost.

::

    presenter  ModelsPresenter, ModelValues: state and actions
    model      a row as cells
    dialogs    ModelDialog: add by hand, edit; TargetsEditor: the order in which upstreams are tried
    page       ModelsPage
"""
