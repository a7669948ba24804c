"""HTTP in: a thin skin over the gateway and the use cases.

Before any route stand ``connections``, with ``guards`` (names and web pages), ``lockout`` (unknown keys) and ``half_sent``.
``app`` listens (``HttpServer``), ``auth`` finds the key, ``proxy_routes`` hand requests to the gateway and ``responder``
its answers back; ``model_listing`` is the one answer made here. The management API is ``admin_routes``, with
``admin_handlers``, ``admin_bodies`` (in) and ``admin_items`` (out); ``route_shapes`` has these types by route, for the
document of ``openapi``.
"""
