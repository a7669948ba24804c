"""The page Models: the names that clients can use, who serves each, what its tokens cost, and where a request would go.

::

    presenter          ModelsPresenter, ModelValues: state and actions
    model              a row as cells
    dialogs            ModelDialog: add by hand, edit
    price_editor       PriceEditor in it: what its tokens cost, also for longer prompts and other service tiers
    targets_editor     TargetsEditor in it: who serves the model, in which order and with which shares
    alias_presenter    AliasesPresenter, AliasValues: which other names mean which model
    alias_model        an alias as cells
    alias_dialog       AliasDialog, ClaudeCodeDialog
    alias_panel        AliasPanel: the table of aliases
    explain_presenter  ExplainPresenter: where a request would go, asked as one types
    explain_dialog     ExplainDialog
    prices_presenter   PricesPresenter: what a model cost since when, and what has no cost yet
    prices_dialog      PricesDialog
    sync_presenter     PriceSync: what a sync of prices would change
    sync_dialog        SyncDialog: ticks what of that is taken over
    page               ModelsPage
"""
