"""Models: what is shown, and what each action asks of the engine."""

from decimal import Decimal

import pytest
from PySide6.QtWidgets import QApplication

from pxbin_app.pages.models.presenter import ModelRow, ModelsPresenter, ModelValues
from pxbin_engine.records import (
    ModelPrice,
    ModelRecord,
    PriceTier,
    TargetRecord,
    UpstreamRecord,
)
from tests.app.listing.test_presenter import Form
from tests.support.fake_engine import FakeEngine, bridge_to, settled


class Shown:
    """A presenter whose page is in view, with two upstreams."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.said: list[tuple[str, str]] = []
        self.presenter = ModelsPresenter(
            bridge_to(self.engine), lambda text, tone: self.said.append((text, tone))
        )

    @property
    def rows(self) -> tuple[ModelRow, ...]:
        return self.presenter.rows

    async def open(self) -> "Shown":
        self.zai, self.ollama = [await self.an_upstream(name) for name in ("Z.ai", "Ollama")]
        self.presenter.start()
        await settled()
        return self

    async def an_upstream(self, name: str) -> UpstreamRecord:
        return await self.engine.upstreams.create(
            name=name, base_url=f"http://{name}", format="openai"
        )

    def values(self, name: str = "glm-4.6", **more: object) -> ModelValues:
        target = TargetRecord(upstream_id=self.zai.id, upstream_model=name)
        return ModelValues(**{"name": name, "targets": (target,)} | more)  # type: ignore[arg-type]

    async def save(self, values: ModelValues, record: ModelRecord | None = None) -> Form:
        form = Form()
        self.presenter.save(values, form, record)
        await settled()
        return form


@pytest.fixture
async def shown(qapp: QApplication) -> Shown:
    return await Shown().open()


async def test_a_model_by_hand_gets_its_published_price(shown: Shown) -> None:
    price = ModelPrice(input=Decimal("0.6"), output=Decimal("2.2"), source="published")
    shown.engine.published = {"glm-4.6": price}
    form = await shown.save(
        shown.values(display_name="GLM", context_window=200_000, max_output_tokens=64_000)
    )
    assert form.told == [True, "accepted", False]
    record = shown.rows[0].record
    assert (record.display_name, record.price) == ("GLM", price)
    assert (record.context_window, record.max_output_tokens) == (200_000, 64_000)
    assert shown.rows[0].served_by == (("Z.ai", "glm-4.6"),)


async def test_a_price_of_ones_own_is_ones_own_and_saving_again_keeps_whose_it_is(
    shown: Shown,
) -> None:
    shown.engine.published = {"glm-4.6": ModelPrice(input=Decimal("0.6"), source="published")}
    await shown.save(shown.values())
    unchanged = shown.values(prices={"input_cost_per_million": Decimal("0.6")})
    await shown.save(unchanged, shown.rows[0].record)
    assert shown.rows[0].record.price_source == "published"
    await shown.save(
        shown.values(prices={"input_cost_per_million": Decimal(1)}), shown.rows[0].record
    )
    assert shown.rows[0].record.price_source == "model"


async def test_prices_for_long_prompts_are_saved_and_kept(shown: Shown) -> None:
    tiers = (PriceTier(above_prompt_tokens=200_000, input=Decimal(6)),)
    prices = {"input_cost_per_million": Decimal(3), "output_image_cost_per_million": Decimal(30)}
    await shown.save(shown.values(prices=prices, price_tiers=tiers))
    record = shown.rows[0].record
    assert (record.price_tiers, record.price.output_image) == (tiers, 30)
    await shown.save(shown.values(prices=prices), record)
    assert shown.rows[0].record.price_tiers == ()


async def test_targets_are_tried_in_the_order_given(shown: Shown) -> None:
    await shown.save(shown.values())
    targets = (
        TargetRecord(upstream_id=shown.ollama.id, upstream_model="glm", priority=0),
        TargetRecord(upstream_id=shown.zai.id, upstream_model="glm-4.6", priority=1),
    )
    await shown.save(shown.values(targets=targets), shown.rows[0].record)
    assert shown.rows[0].served_by == (("Ollama", "glm"), ("Z.ai", "glm-4.6"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"targets": ()}, "targets"),
        ({"prices": {"input_cost_per_million": Decimal(-1)}}, "input_cost_per_million"),
        ({"price_tiers": (PriceTier(service_tier="batch"),)}, "price_tiers"),
        ({"context_window": 0}, "context_window"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
    ],
)
async def test_what_cannot_be_used_is_said_at_its_field(
    shown: Shown, change: dict[str, object], field: str
) -> None:
    form = await shown.save(shown.values(**change))
    assert form.told[1][0] == field  # type: ignore[index]


async def test_a_name_that_is_taken_is_the_forms_error(shown: Shown) -> None:
    await shown.save(shown.values())
    form = await shown.save(shown.values())
    assert isinstance(form.told[1], str)
    assert len(shown.rows) == 1


async def test_disable_and_delete(shown: Shown) -> None:
    await shown.save(shown.values("a"))
    await shown.save(shown.values("b"))
    shown.presenter.set_active(shown.rows, False)
    await settled()
    assert [row.record.is_active for row in shown.rows] == [False, False]
    shown.presenter.delete(shown.rows)
    await settled()
    assert shown.rows == ()
    assert shown.said[-1] == ("2 models deleted", "ok")


async def test_a_renamed_upstream_is_renamed_here_too(shown: Shown) -> None:
    await shown.save(shown.values())
    await shown.engine.upstreams.update(shown.zai.id, name="Zhipu")
    await settled()
    assert shown.rows[0].served_by[0][0] == "Zhipu"


async def test_a_filter_finds_models_by_upstream_too(shown: Shown) -> None:
    await shown.save(shown.values("a"))
    for sought, found in (("z.AI", 1), ("a", 1), ("ollama", 0)):
        shown.presenter.set_filter(sought)
        assert len(shown.presenter.visible_rows) == found, sought
