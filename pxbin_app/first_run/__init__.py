"""The first run: four steps from nothing to a request that is seen arriving.

::

    wizard          FirstRun: when the steps open, and what they are made of
    overlay         the four over the window, with what is done and what comes next
    steps           what the steps are, in order
    upstream_setup  state and actions of step 2: test an upstream, add it, import its models
    arrival         state of step 4: a request, as it comes in and as it ended
    step_widget     what the overlay asks of each step's widget
    *_step          the widgets of each step

Steps 1 and 3 are what the pages Settings and Clients do, by the same presenters.
"""
