"""The pages of the sidebar, in order; a page's module is imported when it is first shown."""

from dataclasses import dataclass

FOOT = "foot"
"""The section of what stands at the sidebar's foot, under no title."""


@dataclass(frozen=True, kw_only=True)
class PageEntry:
    """A page of the sidebar; its module is imported when it is first shown."""

    name: str
    title: str
    icon_name: str
    factory: str
    section: str = ""


PAGES = (
    PageEntry(name="dashboard", title="Dashboard", icon_name="gauge", factory="DashboardPage"),
    PageEntry(name="logs", title="Logs", icon_name="list-dashes", factory="LogsPage"),
    PageEntry(name="costs", title="Costs", icon_name="wallet", factory="CostsPage"),
    PageEntry(
        name="upstreams",
        title="Upstreams",
        icon_name="cloud",
        factory="UpstreamsPage",
        section="Configure",
    ),
    PageEntry(
        name="models", title="Models", icon_name="cube", factory="ModelsPage", section="Configure"
    ),
    PageEntry(name="keys", title="Keys", icon_name="key", factory="KeysPage", section="Configure"),
    PageEntry(
        name="clients",
        title="Clients",
        icon_name="terminal-window",
        factory="ClientsPage",
        section="Configure",
    ),
    PageEntry(
        name="settings", title="Settings", icon_name="gear", factory="SettingsPage", section=FOOT
    ),
)
