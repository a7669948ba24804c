"""The page Clients: each client that can be pointed at pxbin, what would change in its files, and whether it works.

::

    guide_view   GuideView: a client that is set up by hand
    cards        ClientList: the clients, one of them chosen
    page         ClientsPage; its state is ``client_setup.presenter``'s
"""
