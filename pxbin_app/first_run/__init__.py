"""The first run: four steps from nothing to a request that is seen arriving.

steps            what the steps are, in order
upstream_setup   state and actions of step 2: test an upstream, add it, import its models
arrival          state and actions of step 4: a request is sent, and seen
step_widget      what the overlay asks of each step's widget
*_step           the widgets of each step
overlay          the four over the window, with what is done and what comes next
"""
