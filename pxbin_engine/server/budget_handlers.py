"""What the management routes of budgets do: decode, call one use case, encode."""

from aiohttp import web

from pxbin_engine.server.admin_bodies import Paging, given_fields
from pxbin_engine.server.admin_handlers import Call
from pxbin_engine.server.admin_items import answer, answer_list
from pxbin_engine.server.budget_bodies import BudgetChanges, NewBudget


async def list_budgets(call: Call) -> web.Response:
    query = call.query(Paging)
    return answer_list(await call.admin.budgets.list(), page=query.page, per_page=query.per_page)


async def list_statuses(call: Call) -> web.Response:
    query = call.query(Paging)
    return answer_list(await call.admin.budgets.status(), page=query.page, per_page=query.per_page)


async def get_budget(call: Call) -> web.Response:
    return answer(await call.admin.budgets.get(call.id))


async def create_budget(call: Call) -> web.Response:
    body = await call.body(NewBudget)
    return answer(await call.admin.budgets.create(**given_fields(body)), status=201)


async def update_budget(call: Call) -> web.Response:
    body = await call.body(BudgetChanges)
    return answer(await call.admin.budgets.update(call.id, **given_fields(body)))


async def delete_budget(call: Call) -> web.Response:
    await call.admin.budgets.delete(call.id)
    return answer({"deleted": 1})
