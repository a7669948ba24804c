"""pxbin's desktop app: native windows around the engine, on one qasync loop.

The map, from the top floor down (each imports only lower ones)::

    __main__                              `pxbin`: options, then the application
    application                           composition root: ordered start, staged stop
    messenger overlays presence           news to where a person looks | what lies over the pages | is the window shown
    engine_host crash_dialog              the engine's life in the app | what a crash left is told
    first_run                             four steps from nothing to the first request
    main_window tray palette              the ways to see it and to steer it
    traffic_summary notices               what the tray says of today | what is told once
    sidebar tray_menu window_memory       parts of the window and of the icon
    model_routes                          quick routes, chosen in the tray
    pages                                 one folder a page: page.py (widgets), presenter.py (state), model.py (tables)
    listing request_rows client_setup     what several pages share
    engine_bridge widgets login_switch    engine events -> Qt signals, batched | what pages are made of
    event_loop settings tasks clients     and what else stands alone
    page_list shortcuts snippets theme    tables: pages, keys, texts to paste, colours

It enters the engine by its door alone: ``Engine``, ``events``, ``records``, ``errors``, ``config``, ``tasks``.
"""
