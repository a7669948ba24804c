"""The one stylesheet, generated from the colours.

Widgets name themselves by a dynamic property (``kind``, ``tone``) set in ``widgets/``; fonts are never set here, because
a stylesheet's font would drop the tabular digits.
"""

from pxbin_app.theme.tokens import METRICS, Colors


def stylesheet(c: Colors) -> str:
    """The application's QSS for these colours."""
    return "\n".join(
        (_surfaces(c), _labels(c), _buttons(c), _inputs(c), _choices(c), _lists(c), _scroll_bars(c))
    )


def _surfaces(c: Colors) -> str:
    return f"""
QMainWindow, QDialog, QWidget[kind="page"] {{ background: {c.window}; }}
QWidget[kind="sidebar"] {{ background: {c.side}; border: 0; border-right: 1px solid {c.border}; }}
QFrame[kind="card"] {{
    background: {c.surface}; border: 1px solid {c.border}; border-radius: {METRICS.card_radius}px;
}}
QFrame[kind="panel"] {{ background: {c.surface}; border: 0; }}
QFrame[kind="bar"] {{ background: {c.window}; border: 0; border-top: 1px solid {c.border}; }}
QFrame[kind="line"] {{ background: {c.border}; border: 0; }}
QFrame[kind="banner"] {{ border: 0; border-radius: {METRICS.control_radius}px; }}
QFrame[kind="toast"] {{
    background: {c.surface2}; border: 1px solid {c.control_border}; border-radius: {METRICS.card_radius}px;
}}
{"".join(_banner(c, tone) for tone in ("ok", "warn", "err", "info", "neutral"))}
QToolTip {{
    background: {c.surface2}; color: {c.text}; border: 1px solid {c.control_border}; padding: 4px 6px;
}}
QStackedWidget, QScrollArea, QScrollArea > QWidget > QWidget[kind="scrolled"] {{ background: transparent; border: 0; }}
QScrollArea:focus {{ border: 1px solid {c.accent}; border-radius: 4px; }}
QSplitter::handle {{ background: {c.border}; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
"""


def _banner(c: Colors, tone: str) -> str:
    foreground, background = c.tone(tone)  # type: ignore[arg-type]  # the five tones, spelt above
    return f"""
QFrame[kind="banner"][tone="{tone}"] {{ background: {background}; }}
QLabel[kind="pill"][tone="{tone}"] {{
    background: {background}; color: {foreground}; border-radius: 5px; padding: 1px 6px;
}}
"""


def _labels(c: Colors) -> str:
    tones = {
        "text": c.text,
        "text2": c.text2,
        "text3": c.text3,
        "accent": c.accent,
        "ok": c.ok,
        "warn": c.warn,
        "err": c.err,
    }
    return "QLabel { background: transparent; }\n" + "\n".join(
        f'QLabel[color="{name}"] {{ color: {value}; }}' for name, value in tones.items()
    )


def _buttons(c: Colors) -> str:
    height = METRICS.control - 2  # the border is outside a stylesheet's min-height
    return f"""
QPushButton {{
    background: {c.surface}; color: {c.text}; border: 1px solid {c.control_border};
    border-radius: {METRICS.control_radius}px; padding: 0 12px; min-height: {height}px; max-height: {height}px;
}}
QPushButton:hover {{ background: {c.surface2}; }}
QPushButton:pressed {{ background: {c.border}; }}
QPushButton:focus {{ border: 2px solid {c.accent}; padding: 0 11px; min-height: {height - 2}px; }}
QPushButton:disabled {{ color: {c.text3}; background: {c.surface2}; border-color: {c.border}; }}
QPushButton[kind="plain"]:checked {{ background: {c.accent_background}; border-color: {c.accent}; }}
QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
QPushButton[kind="primary"]:hover {{ background: {c.accent_hover}; border-color: {c.accent_hover}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {c.text}; }}
QPushButton[kind="primary"]:disabled {{ background: {c.surface2}; color: {c.text3}; border-color: {c.border}; }}
QPushButton[kind="danger"] {{ background: {c.err}; color: {c.on_err}; border-color: {c.err}; }}
QPushButton[kind="danger"]:focus {{ border: 2px solid {c.text}; }}
QPushButton[kind="danger"]:disabled {{ background: {c.surface2}; color: {c.text3}; border-color: {c.border}; }}
QPushButton[kind="quiet"] {{ background: transparent; color: {c.text2}; border-color: transparent; }}
QPushButton[kind="quiet"]:hover {{ background: {c.surface2}; color: {c.text}; }}
QPushButton[kind="quiet"]:focus {{ border: 2px solid {c.accent}; }}
QToolButton {{
    background: transparent; border: 1px solid transparent; border-radius: {METRICS.control_radius}px; padding: 0;
}}
QToolButton:hover {{ background: {c.surface2}; }}
QToolButton:pressed, QToolButton:checked {{ background: {c.accent_background}; }}
QToolButton:focus {{ border: 2px solid {c.accent}; }}
QPushButton[kind="nav"] {{
    background: transparent; color: {c.text2}; border: 1px solid transparent; text-align: left; padding: 0 10px;
    min-height: {METRICS.nav_item - 2}px; max-height: {METRICS.nav_item - 2}px;
}}
QPushButton[kind="nav"]:hover {{ background: {c.surface2}; }}
QPushButton[kind="nav"]:checked {{ background: {c.accent_background}; color: {c.text}; }}
QPushButton[kind="nav"]:focus {{ border: 2px solid {c.accent}; padding: 0 9px; min-height: {METRICS.nav_item - 4}px; }}
QPushButton[kind="choice-card"] {{
    border: 1px solid {c.border}; border-radius: {METRICS.card_radius}px; padding: 0;
    min-height: 52px; max-height: 52px;
}}
QPushButton[kind="choice-card"]:checked {{ background: {c.surface}; border-color: {c.accent}; }}
QPushButton[kind="choice-card"]:focus {{ border: 2px solid {c.accent}; padding: 0; min-height: 50px; }}
"""


def _inputs(c: Colors) -> str:
    height = METRICS.control - 2
    return f"""
QLineEdit, QComboBox {{
    background: {c.surface}; color: {c.text}; border: 1px solid {c.control_border};
    border-radius: {METRICS.control_radius}px; padding: 0 8px; min-height: {height}px; max-height: {height}px;
    selection-background-color: {c.accent}; selection-color: {c.on_accent};
}}
QLineEdit:focus, QComboBox:focus {{ border: 2px solid {c.accent}; padding: 0 7px; min-height: {height - 2}px; }}
QLineEdit[invalid="true"], QComboBox[invalid="true"] {{ border-color: {c.err}; }}
QLineEdit:disabled, QComboBox:disabled {{ color: {c.text3}; background: {c.surface2}; }}
QLineEdit[kind="palette"] {{
    background: transparent; border: 0; padding: 0 12px; min-height: 46px; max-height: 46px;
}}
QLineEdit[kind="palette"]:focus {{ border: 0; padding: 0 12px; min-height: 46px; }}
QLineEdit:read-only {{ background: {c.surface2}; }}
QLineEdit QToolButton {{ border: 0; background: transparent; }}
QComboBox::drop-down {{ border: 0; width: 24px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView, QMenu {{
    background: {c.surface}; color: {c.text}; border: 1px solid {c.control_border};
    selection-background-color: {c.accent_background}; selection-color: {c.text}; outline: 0;
}}
QComboBox QAbstractItemView {{ padding: 4px; }}
QMenu {{ padding: 4px; }}
QMenu::item {{ padding: 5px 20px 5px 10px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.accent_background}; }}
QMenu::item:disabled {{ color: {c.text2}; }}
QMenu::separator {{ height: 1px; background: {c.border}; margin: 4px 6px; }}
QPlainTextEdit {{
    background: {c.surface2}; color: {c.text}; border: 1px solid transparent;
    border-radius: {METRICS.control_radius}px; padding: 4px;
    selection-background-color: {c.accent}; selection-color: {c.on_accent};
}}
QPlainTextEdit:focus {{ border: 1px solid {c.accent}; }}
QProgressBar {{ background: {c.surface2}; border: 0; border-radius: 3px; min-height: 6px; max-height: 6px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
"""


def _choices(c: Colors) -> str:
    return f"""
QFrame[kind="segments"] {{ background: {c.surface2}; border: 0; border-radius: {METRICS.control_radius}px; }}
QPushButton[kind="segment"] {{
    background: transparent; color: {c.text2}; border: 1px solid transparent; border-radius: 5px; padding: 0 10px;
    min-height: 24px; max-height: 24px;
}}
QPushButton[kind="segment"]:hover {{ color: {c.text}; }}
QPushButton[kind="segment"]:checked {{ background: {c.surface}; color: {c.text}; }}
QPushButton[kind="segment"]:focus {{ border: 2px solid {c.accent}; padding: 0 9px; min-height: 22px; }}
QPushButton[kind="tab"] {{
    background: transparent; color: {c.text2}; border: 0; border-bottom: 2px solid transparent; border-radius: 0;
    padding: 0 2px; min-height: 28px; max-height: 28px;
}}
QPushButton[kind="tab"]:hover {{ color: {c.text}; }}
QPushButton[kind="tab"]:checked {{ color: {c.text}; border-bottom: 2px solid {c.accent}; }}
QPushButton[kind="tab"]:focus {{ background: {c.accent_background}; color: {c.text}; }}
"""


def _lists(c: Colors) -> str:
    return f"""
QTableView, QListView {{
    background: {c.surface}; color: {c.text}; border: 1px solid transparent; outline: 0;
    selection-background-color: transparent; selection-color: {c.text};
}}
QTableView:focus, QListView:focus {{ border: 1px solid {c.accent}; }}
QListView[kind="bare"] {{ background: transparent; border: 0; }}
QHeaderView {{ background: transparent; border: 0; }}
QHeaderView::section {{
    background: {c.surface}; color: {c.text2}; border: 0; border-bottom: 1px solid {c.border};
    padding: 0 8px; height: {METRICS.header_row - 1}px;
}}
QTableCornerButton::section {{ background: {c.surface}; border: 0; }}
"""


def _scroll_bars(c: Colors) -> str:
    return f"""
QScrollBar {{ background: transparent; border: 0; margin: 0; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {c.control_border}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:hover {{ background: {c.text3}; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
