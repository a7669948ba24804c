"""``pxbin-engine models``: add, list, discover, import, remove and price models, and say what serves them."""

from argparse import Namespace
from collections.abc import Sequence

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import on_engine
from pxbin_engine.cli.lookup import find
from pxbin_engine.engine import Engine
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ModelRecord, TargetRecord, UpstreamRecord


@on_engine
async def add(engine: Engine, arguments: Namespace) -> Answer:
    """Make a model that one upstream serves."""
    upstream = await _upstream(engine, arguments)
    model = await engine.models.create(
        name=arguments.name,
        upstream_id=upstream.id,
        upstream_model=arguments.upstream_model,
        input_cost_per_million=arguments.input_cost,
        output_cost_per_million=arguments.output_cost,
        context_window=arguments.context_window,
        max_output_tokens=arguments.max_output_tokens,
    )
    return Answer(f"{model.name} was added; {upstream.name} serves it.", model)


@on_engine
async def list_all(engine: Engine, _: Namespace) -> Answer:
    """Every model with where it is served and what it costs."""
    models = await engine.models.list()
    names = {upstream.id: upstream.name for upstream in await engine.upstreams.list()}
    rows = [
        (
            model.name,
            ", ".join(f"{names[t.upstream_id]}/{_told(t)}" for t in model.targets),
            model.input_cost_per_million,
            model.output_cost_per_million,
            model.price_source,
            model.is_active,
        )
        for model in models
    ]
    titles = ("NAME", "TARGETS", "$/M IN", "$/M OUT", "PRICE FROM", "ACTIVE")
    return Answer(as_table(titles, rows), models)


@on_engine
async def set_targets(engine: Engine, arguments: Namespace) -> Answer:
    """Say anew what serves a model."""
    model = find(await engine.models.list(), arguments.model, kind="model")
    upstreams = await engine.upstreams.list()
    targets = [_target(text, upstreams, model.name) for text in arguments.targets]
    model = await engine.models.update(model.id, targets=targets)
    names = {upstream.id: upstream.name for upstream in upstreams}
    rows = [
        (names[target.upstream_id], target.upstream_model, target.priority, target.weight)
        for target in model.targets
    ]
    return Answer(as_table(("UPSTREAM", "MODEL THERE", "PRIORITY", "WEIGHT"), rows), model)


@on_engine
async def discover(engine: Engine, arguments: Namespace) -> Answer:
    """What an upstream says it has."""
    found = await engine.models.discover((await _upstream(engine, arguments)).id)
    rows = [
        (model.id, model.owned_by, model.context_window, model.max_output_tokens) for model in found
    ]
    return Answer(as_table(("MODEL", "OWNER", "CONTEXT", "OUTPUT"), rows), found)


@on_engine
async def import_models(engine: Engine, arguments: Namespace) -> Answer:
    """Make the models that are named, or with ``--all`` every one that the upstream has."""
    if bool(arguments.models) == arguments.all:
        raise InvalidInput("Name the models to import, or give --all.", field="models")
    upstream = await _upstream(engine, arguments)
    found = await engine.models.discover(upstream.id)
    wanted = arguments.models or [model.id for model in found]
    missing = set(wanted) - {model.id for model in found}
    if missing:
        raise InvalidInput(
            f"{upstream.name} has no model {', '.join(sorted(missing))}.", field="models"
        )
    report = await engine.models.import_models(upstream.id, wanted)
    text = f"{report.models_created} imported, {report.models_skipped} were there already."
    return Answer(text, report)


@on_engine
async def remove(engine: Engine, arguments: Namespace) -> Answer:
    """Delete models; their rows in the log stay."""
    models = await engine.models.list()
    wanted: list[ModelRecord] = [find(models, text, kind="model") for text in arguments.models]
    deleted = await engine.models.delete_many([model.id for model in wanted])
    return Answer(f"{deleted} removed.", {"deleted": deleted})


def _target(text: str, upstreams: Sequence[UpstreamRecord], name: str) -> TargetRecord:
    """``UPSTREAM[=MODEL][,priority=N][,weight=N]``; the model is called there as it is here, unless that is said."""
    where, *settings = text.split(",")
    upstream, _, upstream_model = where.partition("=")
    numbers: dict[str, int] = {}
    for setting in settings:
        field, _, number = setting.partition("=")
        if field not in {"priority", "weight"} or not number.removeprefix("-").isdecimal():
            raise InvalidInput(
                f"{setting!r} is neither priority=NUMBER nor weight=NUMBER.", field="targets"
            )
        numbers[field] = int(number)
    return TargetRecord(
        upstream_id=find(upstreams, upstream, kind="upstream").id,
        upstream_model=upstream_model or name,
        **numbers,
    )


def _told(target: TargetRecord) -> str:
    """A target's model with its place, where that is not the usual one."""
    weight = f" x{target.weight}" if target.weight != 1 else ""
    return f"{target.upstream_model}{f' @{target.priority}' if target.priority else ''}{weight}"


async def _upstream(engine: Engine, arguments: Namespace) -> UpstreamRecord:
    return find(await engine.upstreams.list(), arguments.upstream, kind="upstream")
