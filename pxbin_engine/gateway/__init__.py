"""The data plane: every client request's way to an upstream and back.

``relay`` is the door (``Gateway``); ``exchange`` is one request with all that its row will say. A generation is a
``delivery`` over the targets of ``routing``, an ``attempt`` at each, with ``patience`` while an upstream is silent, a
``reply`` to the client, and ``schooling`` where a refusal taught how to ask. ``recalling`` and ``response_memory`` are what
clients of the Responses API count on.

Where a request goes: ``door`` checks it, ``routing`` knows by ``aliases`` and ``name_pattern`` which model a name means, and
``affinity`` in which order a session tries its targets. ``explain`` tells all of it beforehand, by what is ``present``.

Pure, with the clock passed in: ``fallback``, ``failures``, ``breaker``, ``limits`` (and ``rate_headers``, which tell of them),
``addresses``, ``redaction``, ``client_names``, ``client_session``, ``project_directory``. ``budgets`` lets in what there is money for. HTTP out is ``upstream``, and ``resolver`` judges where names lead; ``health``
keeps a breaker for each upstream; ``deadlines`` limits every wait with one timer.
"""
