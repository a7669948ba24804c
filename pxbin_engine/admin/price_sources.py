"""Where a model's price comes from, unless a person gave one: its upstream's model list, else what vendors publish."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.errors import PxbinError
from pxbin_engine.records import DiscoveredModel, ModelPrice, ModelRecord, PriceChange, TargetRecord

logger = logging.getLogger(__name__)

PublishedPrice = Callable[[str, str, str], Awaitable[ModelPrice | None]]
"""The published price of (a model's name, its provider or "", its upstream's address or ""); None: none is known."""


class NewPrices(Struct, frozen=True):
    """What the sources say of models that have no price of the person's own."""

    changes: tuple[PriceChange, ...]
    not_found: int
    """Models of which none knows a price."""


class PriceSources:
    """Asks them, and remembers what model lists said."""

    def __init__(self, upstreams: UpstreamAdmin, published_price: PublishedPrice) -> None:
        self._upstreams = upstreams
        self._published_price = published_price
        self._discovered: dict[tuple[UUID, str], DiscoveredModel] = {}

    async def discover(self, upstream_id: UUID) -> tuple[DiscoveredModel, ...]:
        """What the upstream says it has.

        Raises:
            NotFound: there is no upstream of that id.
            UpstreamError: it does not answer with a model list.
        """
        models = await self._upstreams.discover(upstream_id)
        self._discovered.update({(upstream_id, model.id): model for model in models})
        return models

    def known(self, upstream_id: UUID, name: str) -> DiscoveredModel:
        """What the upstream's list last said of a model; only its name, where it said nothing."""
        return self._discovered.get((upstream_id, name), DiscoveredModel(id=name))

    async def changes(self, models: Sequence[ModelRecord]) -> NewPrices:
        """The prices of ``models`` that are others now. Where an upstream does not answer, what its list said before stays."""
        upstreams = await self._upstreams.list()
        silent = await self._rediscover(models, [one.id for one in upstreams if one.is_active])
        base_urls = {one.id: one.base_url for one in upstreams}
        changes, not_found = [], 0
        for model in models:
            if model.price_source == "model":
                continue
            if model.price_source == "upstream" and model.upstream_id in silent:
                continue
            price = await self.price(model.name, model.targets, model.provider, base_urls)
            if price is None:
                not_found += 1
            elif price != model.price:
                changes.append(
                    PriceChange(
                        model_id=model.id, model=model.name, before=model.price, after=price
                    )
                )
        return NewPrices(tuple(changes), not_found)

    async def price(
        self,
        name: str,
        targets: Sequence[TargetRecord],
        provider: str,
        base_urls: Mapping[UUID, str],
    ) -> ModelPrice | None:
        """What the first target, which is the one that is billed, said in its list; else what is published of its name for
        the model; else what is of the model's own name."""
        for target in targets[:1]:
            listed = self.known(target.upstream_id, target.upstream_model)
            if listed.price is not None:
                return listed.price
        base_url = base_urls.get(targets[0].upstream_id, "") if targets else ""
        for known_as in dict.fromkeys([*(target.upstream_model for target in targets[:1]), name]):
            if price := await self._published_price(known_as, provider, base_url):
                return price
        return None

    async def _rediscover(self, models: Sequence[ModelRecord], active: Sequence[UUID]) -> set[UUID]:
        """Ask the lists of the upstreams that are tried first; those that did not answer."""
        asked = {
            model.upstream_id
            for model in models
            if model.upstream_id is not None and model.price_source != "model"
        }
        upstreams = [one for one in active if one in asked]
        answers = await asyncio.gather(
            *(self.discover(one) for one in upstreams), return_exceptions=True
        )
        silent = asked - set(upstreams)
        for upstream_id, found in zip(upstreams, answers, strict=True):
            if isinstance(found, PxbinError):
                logger.info("prices.not_listed upstream=%s reason=%s", upstream_id, found.message)
                silent.add(upstream_id)
            elif isinstance(found, BaseException):
                raise found
        return silent
