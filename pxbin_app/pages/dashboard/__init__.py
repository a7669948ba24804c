"""The page Dashboard: figures, charts, upstreams and the newest requests of a period; or the first steps.

figures      what was read, and what is shown of it: texts and series (no Qt)
presenter    reading it, again while requests come in
board        the widgets when there is something to show
first_steps  the card that stands there before the first request
page         ``DashboardPage``
"""
