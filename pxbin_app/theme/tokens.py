"""The tokens of the look: colours for dark and light, the 4-px grid, the type scale.

Every text colour reaches WCAG AA (4.5:1) on ``surface``; a test holds that.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["ok", "warn", "err", "info", "neutral"]
"""What a coloured sign means; always shown with text or a shape, never by colour alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colors:
    """One colour scheme, as ``#rrggbb``."""

    window: str
    side: str
    surface: str
    surface2: str
    border: str
    text: str
    text2: str
    text3: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_background: str
    selection: str
    ok: str
    ok_background: str
    warn: str
    warn_background: str
    err: str
    err_background: str
    on_err: str
    control_border: str
    """The edge of inputs and buttons: a little stronger than a card's."""
    series: tuple[str, str, str, str, str]
    """Charts; the last is "other"."""

    def tone(self, tone: Tone) -> tuple[str, str]:
        """Foreground and background of a tone."""
        return {
            "ok": (self.ok, self.ok_background),
            "warn": (self.warn, self.warn_background),
            "err": (self.err, self.err_background),
            "info": (self.accent, self.accent_background),
            "neutral": (self.text2, self.surface2),
        }[tone]


DARK = Colors(
    window="#101217",
    side="#0b0d11",
    surface="#171a20",
    surface2="#1e222a",
    border="#272c35",
    text="#e8eaee",
    text2="#9ba3b0",
    text3="#7c8594",
    accent="#6a9bff",
    on_accent="#0b0d11",
    accent_hover="#83abff",
    accent_background="#1a2740",
    selection="#1c2940",
    ok="#43b98c",
    ok_background="#14291f",
    warn="#e2a63d",
    warn_background="#30240f",
    err="#ec6a72",
    err_background="#34191c",
    on_err="#0b0d11",
    control_border="#323843",
    series=("#6a9bff", "#a586f0", "#3fb9ad", "#e2a63d", "#8a94a5"),
)

LIGHT = Colors(
    window="#f6f7f9",
    side="#eceef2",
    surface="#ffffff",
    surface2="#f1f3f6",
    border="#e0e4ea",
    text="#181b21",
    text2="#56606f",
    text3="#6a7382",
    accent="#235bd1",
    on_accent="#ffffff",
    accent_hover="#1d4fb8",
    accent_background="#e4edfd",
    selection="#e8f0fe",
    ok="#0f724e",
    ok_background="#e2f4ec",
    warn="#8a590b",
    warn_background="#fbf0da",
    err="#bb2c39",
    err_background="#fce8ea",
    on_err="#ffffff",
    control_border="#d3d9e1",
    series=("#3f7af0", "#8a63e0", "#17938a", "#b97a10", "#7f899a"),
)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Pixels, on a 4-px grid."""

    page_margin: int = 20
    gap: int = 12
    card_padding_x: int = 14
    card_padding_y: int = 11
    card_radius: int = 8
    control_radius: int = 6
    control: int = 30
    small_control: int = 28
    nav_item: int = 32
    row: int = 30
    header_row: int = 28
    sidebar: int = 196
    icon: int = 16


METRICS = Metrics()

TextStyle = Literal[
    "body",
    "strong",
    "table",
    "table-strong",
    "caption",
    "caption-strong",
    "title",
    "heading",
    "figure",
]

TYPE_SCALE: dict[TextStyle, tuple[int, int]] = {
    "body": (13, 400),
    "strong": (13, 600),
    "table": (12, 400),
    "table-strong": (12, 600),
    "caption": (11, 400),
    "caption-strong": (11, 600),
    "title": (18, 600),
    "heading": (15, 600),
    "figure": (24, 600),
}
"""Pixel size and weight of each text style."""
