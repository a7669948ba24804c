"""The sans-io translator: bytes in, bytes out; no sockets, no clocks, no asyncio.

One hub: every dialect decodes into the canonical four (``request``, ``response``, ``stream``, ``error``) and encodes
from them. ``translation.Translation`` is the door that the gateway uses; ``dialects`` are folders with the same file
names; ``quirks`` are named deviations of upstreams, as data; ``loss`` names what could not be carried.
"""
