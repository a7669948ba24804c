"""The page Keys: pxbin's own keys, for clients (LLM keys) and for its management API.

::

    presenter  KeysPresenter, KeyValues, NewKey: state and actions
    model      a row as cells
    usage      UsageView: what is pasted into each client
    dialogs    KeyDialog: create, edit; NewKeyDialog: the one time that a key is shown; ConnectDialog: usage, later
    page       KeysPage
"""
