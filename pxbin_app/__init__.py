"""pxbin's desktop app: native windows around the engine, on one qasync loop.

The map, from the top floor down (each imports only lower ones)::

    __main__                  `pxbin`: options, then the application
    application               composition root: ordered start, staged stop
    main_window | tray        the two ways to see it
    pages                     one folder a page: page.py (widgets), presenter.py (state), model.py (tables)
    engine_bridge | widgets   engine events -> Qt signals, batched | what more than one page uses
    event_loop settings single_instance theme tasks

It enters the engine by its door alone: ``Engine``, ``events``, ``records``, ``errors``, ``config``, ``tasks``.
"""
