"""Which names mean the same model."""

import pytest

from pxbin_engine.admin.provider_names import family_of, same_models, version_of


@pytest.mark.parametrize(
    ("name", "version", "family"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o-20240806", "gpt-4o"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("Claude 3.5 Sonnet 2024-10-22", "claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("Claude Sonnet 4.5", "claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("anthropic/claude-opus-4.7", "claude-opus-4-7", "claude-opus-4-7"),
        ("deepseek/deepseek-r1:free", "deepseek-r1", "deepseek-r1"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku", "claude-3-5-haiku"),
        ("mistral-large-2407", "mistral-large-2407", "mistral-large"),
        ("claude-opus-4-1", "claude-opus-4-1", "claude-opus-4-1"),
        ("o3", "o3", "o3"),
        ("web search tool calls", "web-search-tool-calls", "web-search-tool-calls"),
    ],
)
def test_what_a_name_says(name: str, version: str, family: str) -> None:
    assert (version_of(name), family_of(name)) == (version, family)


@pytest.mark.parametrize(
    ("provider", "served", "groups"),
    [
        # An alias on our side stands for the version that the provider names.
        ({"gpt-4o-2024-08-06"}, {"gpt-4o"}, [{"gpt-4o-2024-08-06", "gpt-4o"}]),
        # It may have meant any of them, and so may a name for people.
        (
            {"gpt-4o-2024-08-06"},
            {"gpt-4o", "gpt-4o-2024-08-06"},
            [{"gpt-4o-2024-08-06", "gpt-4o"}],
        ),
        (
            {"Claude Sonnet 4.5", "claude-sonnet-4-5-20250929"},
            {"claude-sonnet-4-5-20250929"},
            [{"Claude Sonnet 4.5", "claude-sonnet-4-5-20250929"}],
        ),
        # Versions that both sides date are told apart, and so are names that both use.
        (
            {"gpt-4o-2024-08-06", "gpt-4o-2024-11-20"},
            {"gpt-4o-2024-08-06"},
            [{"gpt-4o-2024-08-06"}, {"gpt-4o-2024-11-20"}],
        ),
        ({"gpt-4o", "gpt-4o-2024-11-20"}, {"gpt-4o", "gpt-4o-2024-11-20"}, [{"gpt-4o"}, {"gpt-4o-2024-11-20"}]),
        ({"Claude 3.5 Sonnet 2024-10-22"}, {"claude-3-5-sonnet-20241022"}, [{"Claude 3.5 Sonnet 2024-10-22", "claude-3-5-sonnet-20241022"}]),
        # Another model is another model.
        ({"gpt-4o-mini-2024-07-18"}, {"gpt-4o"}, [{"gpt-4o-mini-2024-07-18"}, {"gpt-4o"}]),
        (set(), {"a"}, [{"a"}]),
    ],
)  # fmt: skip
def test_names_that_are_compared_with_each_other(
    provider: set[str], served: set[str], groups: list[set[str]]
) -> None:
    shown = same_models(provider, served)
    found: dict[str, set[str]] = {}
    for name, group in shown.items():
        found.setdefault(group, set()).add(name)
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, groups))
    for group, names in found.items():
        assert group in (names & provider or names)  # told as the provider says it, where it does
