"""What is known of one vendor or server program: its addresses, its deviations by model, and where that is said."""

from msgspec import Struct

from pxbin_engine.protocol.quirks.fields import Quirks
from pxbin_engine.records import Preset


class Vendor(Struct, frozen=True, kw_only=True):
    """One vendor, or one program that people run themselves.

    Attributes:
        hosts: names, or the domains above them; none for a program that may run anywhere.
        presets: what a person can choose.
        rules: pattern of the model's name, quirks; the first that fits counts, and without one OpenAI's models do.
    """

    hosts: tuple[str, ...] = ()
    presets: tuple[Preset, ...]
    rules: tuple[tuple[str, Quirks], ...] = ()
