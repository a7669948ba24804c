"""What the pages that list and edit things (upstreams, models, keys) are made of.

::

    presenter     ListPresenter: loads rows while its page is seen, follows changes, runs actions (no widgets)
    model         Cell, RowsModel: rows of records as a table
    panel         ListPanel: filter, table, what can be done with the selected rows (Listing, RowAction), the states in between
    page          ListPage: a page with such a panel
    forms         EntryDialog: a form that shows what the engine refuses at the field it is about; FormAnswer
    tick_dialog   TickDialog: asks for a list, of which a person ticks what they want
    model_import  ModelImport: asks an upstream for its models and imports the ticked ones (no widgets)
    import_dialog ImportDialog: the same as a window; two pages open it
"""
