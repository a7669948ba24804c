"""pxbin's desktop app: native windows around the engine, on one qasync loop.

The map, from the top floor down (each imports only lower ones)::

    __main__                             `pxbin`: options, then the application
    application                          composition root: ordered start, staged stop
    main_window | tray | traffic_summary the two ways to see it; what the tray says of today
    pages                                one folder a page: page.py (widgets), presenter.py (state), model.py (tables)
    listing | request_rows               what Upstreams, Models and Keys share | what Logs and Dashboard share
    engine_bridge | widgets              engine events -> Qt signals, batched | what more than one page uses
    event_loop settings single_instance tasks
    snippets | theme                     what a person pastes into a terminal | colours, type, metrics

It enters the engine by its door alone: ``Engine``, ``events``, ``records``, ``errors``, ``config``, ``tasks``.
"""
