"""The page Keys: pxbin's own keys, for clients (LLM keys) and for its management API.

::

    presenter      KeysPresenter, KeyValues, NewKey: state and actions
    model          a row as cells
    expiry         when a key expires, as it is typed and told
    expiry_editor  ExpiryEditor in the dialog: a span or a day
    models_editor  ModelsEditor in it: which models the key may use
    usage          UsageView: what is pasted into each client
    dialogs        KeyDialog: create, edit; NewKeyDialog: the one time that a key is shown; ConnectDialog: usage, later
    page           KeysPage
"""
