"""Which of the engine's presets an upstream was made by, or could have been."""

from collections.abc import Iterable

from pxbin_engine.records import Preset, UpstreamFormat

CUSTOM = "custom"


def preset_of(presets: Iterable[Preset], preset_id: str) -> Preset | None:
    """The preset of this id; None for one's own address."""
    return next((one for one in presets if one.id == preset_id), None)


def preset_at(presets: Iterable[Preset], base_url: str, format: UpstreamFormat) -> str:  # noqa: A002  # the contract's word
    """Whose address this is, as that format's; ``custom`` where it is no preset's."""
    address = (base_url.rstrip("/"), format)
    return next((one.id for one in presets if (one.base_url, one.format) == address), CUSTOM)
