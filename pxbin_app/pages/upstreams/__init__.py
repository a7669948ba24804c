"""The page Upstreams: where requests can be sent, where each key is kept, and whether it works.

::

    presets    the vendors and local servers that are filled in by a choice
    presenter  UpstreamsPresenter, UpstreamValues: state and actions
    model      a row as cells
    dialogs    UpstreamDialog: add, edit, test
    page       UpstreamsPage
"""
