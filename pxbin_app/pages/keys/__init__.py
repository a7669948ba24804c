"""The page Keys: pxbin's own keys, for clients (LLM keys) and for its management API.

::

    snippets   what a person pastes to use a new key
    presenter  KeysPresenter, KeyValues, NewKey: state and actions
    model      a row as cells
    dialogs    KeyDialog: create, edit; NewKeyDialog: the one time that a key is shown
    page       KeysPage
"""
