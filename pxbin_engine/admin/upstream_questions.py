"""What is asked about upstreams, and of them, and changes nothing: which there are, whether they work, what they have."""

from collections.abc import Callable
from uuid import UUID

from pxbin_engine.admin.checks import a_base_url
from pxbin_engine.admin.discovery import Address, Discovery
from pxbin_engine.admin.upstream_fields import a_format, a_preset, a_secret
from pxbin_engine.errors import NotFound, SecretError
from pxbin_engine.protocol.quirks import PRESETS
from pxbin_engine.records import (
    DiscoveredModel,
    HealthReport,
    Preset,
    UpstreamFormat,
    UpstreamRecord,
)
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstreams import UpstreamStore


class UpstreamQuestions:
    """The use cases that change no upstream."""

    def __init__(
        self,
        store: UpstreamStore,
        secrets: SecretStore,
        discovery: Discovery,
        objection: Callable[[str], str],
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._discovery = discovery
        self._objection = objection

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Vendors and server programs that a person can choose instead of looking an address up."""
        return PRESETS

    async def list(self) -> tuple[UpstreamRecord, ...]:
        """All upstreams in the order in which they are tried, inactive ones too."""
        return await self._store.list()

    async def get(self, upstream_id: UUID) -> UpstreamRecord:
        """One upstream.

        Raises:
            NotFound: there is none of that id.
        """
        record = await self._store.get(upstream_id)
        if record is None:
            raise no_upstream(upstream_id)
        return record

    async def check(
        self, upstream_id: UUID, *, paid: bool = False, model: str | None = None
    ) -> HealthReport:
        """Whether the upstream works; with ``paid``, by one tiny completion of ``model`` or its first model.

        Raises:
            NotFound: there is no upstream of that id.
        """
        record = await self.get(upstream_id)
        try:
            address = await self._address(record)
        except SecretError as error:
            return HealthReport(healthy=False, error=error.message)
        return await self._discovery.check(address, paid=paid, model=model)

    async def check_new(
        self,
        *,
        base_url: str,
        api_key: str | None,
        format: UpstreamFormat,  # noqa: A002  # the contract's word
        paid: bool = False,
        preset: str | None = None,
    ) -> HealthReport:
        """The same for an upstream that is about to be made.

        Raises:
            InvalidInput: a value cannot be used.
        """
        address = Address(
            base_url=self._a_base_url(base_url),
            format=a_format(format),
            api_key=a_secret(api_key),
            preset=a_preset(preset),
        )
        return await self._discovery.check(address, paid=paid)

    async def discover(self, upstream_id: UUID) -> tuple[DiscoveredModel, ...]:
        """What the upstream says it has.

        Raises:
            NotFound: there is no upstream of that id.
            SecretError: its key cannot be read.
            UpstreamError: it does not answer with a model list.
        """
        return await self._discovery.models(await self._address(await self.get(upstream_id)))

    async def _address(self, record: UpstreamRecord) -> Address:
        key = next((key for key in record.keys if key.is_active), None)
        api_key = await self._secrets.get(key, of=record.name) if key else None
        return Address(
            base_url=record.base_url, format=record.format, api_key=api_key, preset=record.preset
        )

    def _a_base_url(self, base_url: str) -> str:
        return a_base_url(base_url, objection=self._objection)


def no_upstream(upstream_id: UUID) -> NotFound:
    return NotFound(f"There is no upstream {upstream_id}.")
