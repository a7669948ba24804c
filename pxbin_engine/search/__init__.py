"""Searching the web for upstreams that cannot: ``provider`` is the interface, one file for each provider, ``providers`` the
registry, ``domains`` which pages a client wants to see. No HTTP here: the room is given what fetches."""
