"""The colours are readable: WCAG AA on every surface that text stands on."""

import pytest

from pxbin_app.theme.tokens import DARK, LIGHT, Colors

SCHEMES = pytest.mark.parametrize("scheme", [DARK, LIGHT], ids=["dark", "light"])


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@SCHEMES
@pytest.mark.parametrize("text", ["text", "text2", "text3", "accent", "ok", "warn", "err"])
def test_text_reaches_aa_on_cards(scheme: Colors, text: str) -> None:
    assert contrast(getattr(scheme, text), scheme.surface) >= 4.5


@SCHEMES
@pytest.mark.parametrize("tone", ["ok", "warn", "err", "info", "neutral"])
def test_pills_reach_aa_on_their_tint(scheme: Colors, tone: str) -> None:
    foreground, background = scheme.tone(tone)
    assert contrast(foreground, background) >= 4.5


@SCHEMES
def test_buttons_reach_aa(scheme: Colors) -> None:
    assert contrast(scheme.on_accent, scheme.accent) >= 4.5
    assert contrast(scheme.on_accent, scheme.accent_hover) >= 4.5
    assert contrast(scheme.on_err, scheme.err) >= 4.5


@SCHEMES
def test_text_reaches_aa_on_the_window_and_a_selected_row(scheme: Colors) -> None:
    for ground in (scheme.window, scheme.side, scheme.selection, scheme.surface2):
        assert contrast(scheme.text, ground) >= 4.5
        assert contrast(scheme.text2, ground) >= 4.5


@SCHEMES
def test_the_focus_ring_and_chart_colours_are_seen(scheme: Colors) -> None:
    assert contrast(scheme.accent, scheme.surface) >= 3
    for series in scheme.series:
        assert contrast(series, scheme.surface) >= 3
