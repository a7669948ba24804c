"""What the management routes of budgets take."""

from decimal import Decimal

from msgspec import UNSET, Struct, UnsetType

from pxbin_engine.records import BudgetPeriod, BudgetScope


class NewBudget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /budgets."""

    name: str
    limit: Decimal
    scope: BudgetScope = "all"
    subject: str = ""
    period: BudgetPeriod = "month"
    time_zone: str = "UTC"
    warn_share: float = 0.8
    is_hard: bool = True
    is_active: bool = True


class BudgetChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PATCH /budgets/{id}."""

    name: str | UnsetType = UNSET
    limit: Decimal | UnsetType = UNSET
    scope: BudgetScope | UnsetType = UNSET
    subject: str | UnsetType = UNSET
    period: BudgetPeriod | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    warn_share: float | UnsetType = UNSET
    is_hard: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
