"""The command palette: everything the window knows, found by a few letters; and the help that shows the keyboard map.

::

    matching   how well a text fits what is typed
    entries    what can be found: pages, actions, models, keys, upstreams, requests, filters
    presenter  what is found for what is typed, asked for when the palette opens
    rows       how a result is painted
    overlay    the palette itself
    help       the keyboard map, over the window
"""
