"""What the management routes of prices do: decode, call one use case, encode."""

from aiohttp import web

from pxbin_engine.server.admin_bodies import Paging, given_fields
from pxbin_engine.server.admin_handlers import Call
from pxbin_engine.server.admin_items import answer, answer_list
from pxbin_engine.server.price_bodies import ChangesQuery, NewPrice, Reprice, SyncPricing


async def list_prices(call: Call) -> web.Response:
    query = call.query(Paging)
    prices = await call.admin.prices.history(call.id)
    return answer_list(prices, page=query.page, per_page=query.per_page)


async def add_price(call: Call) -> web.Response:
    price = given_fields(await call.body(NewPrice))
    valid_from = price.pop("valid_from")
    added = await call.admin.prices.add(call.id, price, valid_from=valid_from)
    return answer(added, status=201)


async def sync_pricing(call: Call) -> web.Response:
    asked, models = await call.body(SyncPricing), call.admin.models
    sync = models.preview_pricing if asked.dry_run else models.sync_pricing
    return answer(await sync(asked.ids))


async def reprice(call: Call) -> web.Response:
    asked = await call.body(Reprice)
    return answer(await call.admin.prices.reprice(by=call.caller, **given_fields(asked)))


async def list_repricings(call: Call) -> web.Response:
    query = call.query(Paging)
    repricings = await call.admin.prices.repricings()
    return answer_list(repricings, page=query.page, per_page=query.per_page)


async def list_repriced(call: Call) -> web.Response:
    query = call.query(ChangesQuery)
    return answer(await call.admin.prices.changes(call.id, query.limit))
