"""The page Upstreams: where requests can be sent, where each key is kept, and whether it works.

::

    presets    which of the engine's presets an address is
    presenter  UpstreamsPresenter, UpstreamValues: state and actions
    model      a row as cells
    dialogs    UpstreamDialog: add, edit, test, forget what was learned
    page       UpstreamsPage
"""
