"""What makes the packages: one folder that runs by itself, and what each system installs of it (``make package``).

The map::

    product      the names, the version and the identifiers: everything else takes them from here
    contents     what goes into the folder: modules, data, libraries of the system, PostgreSQL
    elf          what a Linux program needs of the system it runs on
    icons        .ico and .icns out of the pictures in resources/
    linux        the desktop entry, the AppStream metadata, the tree below /usr
    debian       the .deb
    windows      the version resource, and what the installer is told
    macos        Info.plist
    archives     files that are the same bytes each time they are packed
    checks       the systems' own validators, where they are there
    smoke        unpack, start, ask, quit: by script, on a bare environment

``pxbin.spec`` is what PyInstaller reads, ``build.py`` the order of it all.
"""
