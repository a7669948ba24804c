"""``budgets``, against a database of the test's own."""

from tests.support.command_line import Cli


def test_a_budget_is_made_listed_changed_and_taken_away(cli: Cli) -> None:
    cli("keys", "create", "laptop")
    made = cli(
        "budgets", "add", "mine", "12.50", "--for", "key", "--subject", "laptop", "--period", "week",
        "--time-zone", "Europe/Berlin", "--warn-share", "0.5", "--soft", "--json",
    )  # fmt: skip
    assert (made.json["limit"], made.json["scope"], made.json["is_hard"]) == (12.5, "key", False)
    (key,) = cli("keys", "list", "--json").json
    assert made.json["subject"] == key["id"]
    assert "Europe/Berlin" in cli("budgets", "list").out
    changed = cli(
        "budgets", "update", "mine", "--limit", "20", "--subject", "", "--hard", "--no-active"
    )
    assert changed.out == "mine was changed: 20 dollars a week (Europe/Berlin) for each key.\n"
    (listed,) = cli("budgets", "list", "--json").json
    assert (listed["is_hard"], listed["is_active"], listed["subject"]) == (True, False, "")
    assert cli("budgets", "remove", "mine").code == 0
    assert cli("budgets", "list", "--json").json == []


def test_how_it_stands_is_shown(cli: Cli) -> None:
    assert (
        cli("budgets", "add", "all", "10", "--period", "total").out
        == "all was added: 10 dollars in total for all.\n"
    )
    out = cli("budgets", "status").out
    assert out.splitlines()[1].split() == ["all", "-", "0.00", "10", "0", "%", "-", "ok", "-", "0"]
    cli("budgets", "update", "all", "--no-active")
    assert " off " in cli("budgets", "status").out


def test_what_cannot_be_used_is_told(cli: Cli) -> None:
    assert cli("budgets", "add", "b", "0").code == 1
    assert (
        "There is no key 'nobody'"
        in cli("budgets", "add", "b", "1", "--for", "key", "--subject", "nobody").err
    )
    assert cli("budgets", "remove", "b").code == 1
