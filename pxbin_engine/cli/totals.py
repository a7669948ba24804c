"""``pxbin-engine totals``: the sums behind the statistics, counted anew."""

from argparse import Namespace

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, option
from pxbin_engine.cli.values import a_day
from pxbin_engine.engine import Engine


@on_engine
async def rebuild(engine: Engine, arguments: Namespace) -> Answer:
    """Make every total the sum of its rows, and say which was not."""
    report = await engine.totals.rebuild(since=arguments.since)
    if not report.days:
        return Answer("No day of the log has rows to count.", report)
    span = f"{len(report.days)} days, {report.days[0]} to {report.days[-1]} (UTC)"
    if not report.differences:
        return Answer(f"Counted anew: {span}. Every total is the sum of its rows.", report)
    rows = [
        (d.bucket, d.table, d.dimension, d.dimension_id, d.field, d.held, d.counted)
        for d in report.differences
    ]
    titles = ("TIME", "TABLE", "OF", "WHICH", "FIGURE", "WAS", "IS")
    text = f"Counted anew: {span}. {len(rows)} figures differed and are right now."
    return Answer(f"{as_table(titles, rows)}\n\n{text}", report)


COMMANDS = (
    Command(
        "totals rebuild",
        "count the totals of the statistics anew from the log, and say what differed",
        rebuild,
        (
            option(
                "--since",
                type=a_day,
                metavar="DAY",
                help="from this day on (UTC), such as 2030-01-31; else every day that the log still has",
            ),
        ),
    ),
)
"""The commands of this module."""
