"""The page Upstreams: where requests can be sent, with which keys, and how each of them is.

::

    presets         which of the engine's presets an address is
    health          how an upstream is, in words
    presenter       UpstreamsPresenter, UpstreamValues: state and actions
    model           a row as cells
    dialogs         UpstreamDialog: add, edit, test, forget what was learned
    keys_presenter  UpstreamKeysPresenter: the keys of one upstream
    keys_editor     KeysEditor in the dialog, UpstreamKeyDialog: add, replace, rename, order, remove
    health_dialog   HealthDialog: how it is and why
    page            UpstreamsPage
"""
