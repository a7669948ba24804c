"""Each provider's export, as its header row is in truth: what it says, and what is refused."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from pxbin_engine.admin.usage_exports import TELLS, read_export
from pxbin_engine.admin.usage_exports.lines import MOST_DAYS
from pxbin_engine.admin.usage_exports.table import utc_day
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ProviderUsage

OPENAI_USAGE = """\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,\
input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_text_tokens,output_text_tokens,\
input_cached_text_tokens,input_audio_tokens,input_cached_audio_tokens,output_audio_tokens,input_image_tokens,\
input_cached_image_tokens,output_image_tokens
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,proj_1,10.0,user-1,key_1,gpt-4o-2024-08-06,FALSE,\
default,59200.0,10646.0,5760.0,53440.0,53440.0,10646.0,5760.0,0.0,0.0,0.0,0.0,0.0,0.0
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,proj_1,1.0,user-2,key_2,gpt-4o-2024-08-06,FALSE,\
default,800.0,354.0,240.0,560.0,560.0,354.0,240.0,0.0,0.0,0.0,0.0,0.0,0.0
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,,,,,,,,,,,,,,,,,,,,
"""
OPENAI_COSTS = """\
start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.8958740000000000,usd,"gpt-4o-2024-08-06, input",,org-1,Personal
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.1041260000000000,usd,"gpt-4o-2024-08-06, cached input",,org-1,Personal
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.5,usd,"priority | gpt-5.6-sol, output, long context",,org-1,Personal
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.25,usd,"gpt-audio-mini audio, input",,org-1,Personal
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.01,usd,web search tool calls,,org-1,Personal
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,,,,,,
"""
ANTHROPIC_USAGE = """\
usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,\
usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,\
web_search_count,inference_geo,speed
2026-03-22,claude-sonnet-4-5-20250929,laptop,Default,standard,≤ 200k,100,20,3,4000,50,0,global,
2026-03-22,claude-sonnet-4-5-20250929,ci,Default,batch,≤ 200k,1,0,0,0,5,0,global,
2026-03-24,claude-haiku-4-5-20251001,laptop,Default,standard,≤ 200k,7,0,0,0,1,0,global,
"""
ANTHROPIC_COSTS = """\
usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed
2026-03-22,Claude Sonnet 4.5,Default,laptop,message,≤ 200k,input_no_cache,0.19,0.19,token,global,
2026-03-22,Claude Sonnet 4.5,Default,laptop,message,≤ 200k,output,1.00,1.00,token,global,
2026-03-22,--,Default,laptop,message,--,--,0.02,0.02,web_search,--,--
"""
OPENROUTER_ACTIVITY = """\
Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens
"2026-05-12 00:00:00","anthropic/claude-opus-4.7","430.07","0.5","4115","70965665","3009973","0"
"2026-05-13 00:00:00","anthropic/claude-opus-4.7","505","0","4254","87199493","2795119","0"
"""
OPENROUTER_REQUESTS = """\
generation_id,created_at,cost_total,cost_web_search,cost_cache,cost_file_processing,byok_usage_inference,tokens_prompt,\
tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,variant,cancelled,streamed,user,\
finish_reason_raw,finish_reason_normalized,generation_time_ms,time_to_first_token_ms,api_key_disabled,api_key_name,app_name
gen-1,2026-02-06 18:54:30.040,0.0123,0,-0.001,0,0,10389,137,100,9000,deepseek/deepseek-r1,DeepInfra,free,false,true,,stop,stop,900,200,false,laptop,pxbin
gen-2,2026-02-06 23:59:59.999,0.0007,0,0,0,0,11,3,0,0,deepseek/deepseek-r1,DeepInfra,free,false,true,,stop,stop,900,200,false,laptop,pxbin
gen-3,2026-02-07 00:00:00,0.1,0,0,0,0,5,2,0,0,openai/gpt-5,OpenAI,standard,false,true,,stop,stop,900,200,false,laptop,pxbin
"""

EXPORTS = {
    "openai-usage": (
        OPENAI_USAGE,
        (date(2025, 10, 5), date(2025, 10, 6)),
        [
            ProviderUsage(
                day=date(2025, 10, 5),
                model="gpt-4o-2024-08-06",
                requests=11,
                prompt_tokens=60000,
                input_tokens=54000,
                cache_read_tokens=6000,
                output_tokens=11000,
            )
        ],
    ),
    "openai-costs": (
        OPENAI_COSTS,
        (date(2025, 10, 5), date(2025, 10, 6)),
        [
            ("gpt-4o-2024-08-06", "1", "1E-16"),
            ("gpt-5.6-sol", "0.5", "0.005"),
            ("gpt-audio-mini", "0.25", "0.005"),
            ("web search tool calls", "0.01", "0.005"),
        ],
    ),
    "anthropic-usage": (
        ANTHROPIC_USAGE,
        (date(2026, 3, 22), date(2026, 3, 24)),
        [
            ProviderUsage(
                day=date(2026, 3, 22),
                model="claude-sonnet-4-5-20250929",
                prompt_tokens=4124,
                input_tokens=101,
                cache_read_tokens=4000,
                cache_write_tokens=23,
                output_tokens=55,
            ),
            ProviderUsage(
                day=date(2026, 3, 24),
                model="claude-haiku-4-5-20251001",
                prompt_tokens=7,
                input_tokens=7,
                cache_read_tokens=0,
                cache_write_tokens=0,
                output_tokens=1,
            ),
        ],
    ),
    "anthropic-costs": (
        ANTHROPIC_COSTS,
        (date(2026, 3, 22), date(2026, 3, 22)),
        [("Claude Sonnet 4.5", "1.19", "0.010"), ("web_search", "0.02", "0.005")],
    ),
    "openrouter-activity": (
        OPENROUTER_ACTIVITY,
        (date(2026, 5, 12), date(2026, 5, 13)),
        [
            ProviderUsage(
                day=date(2026, 5, 12),
                model="anthropic/claude-opus-4.7",
                requests=4115,
                prompt_tokens=70965665,
                output_tokens=3009973,
                cost=Decimal("430.57"),
                cost_rounding=Decimal("0.01"),
            ),
            ProviderUsage(
                day=date(2026, 5, 13),
                model="anthropic/claude-opus-4.7",
                requests=4254,
                prompt_tokens=87199493,
                output_tokens=2795119,
                cost=Decimal(505),
            ),
        ],
    ),
    "openrouter-requests": (
        OPENROUTER_REQUESTS,
        (date(2026, 2, 6), date(2026, 2, 7)),
        [
            ProviderUsage(
                day=date(2026, 2, 6),
                model="deepseek/deepseek-r1:free",
                requests=2,
                prompt_tokens=10400,
                input_tokens=1400,
                cache_read_tokens=9000,
                output_tokens=140,
                cost=Decimal("0.013"),
                cost_rounding=Decimal("0.0001"),
            ),
            ProviderUsage(
                day=date(2026, 2, 7),
                model="openai/gpt-5",
                requests=1,
                prompt_tokens=5,
                input_tokens=5,
                cache_read_tokens=0,
                output_tokens=2,
                cost=Decimal("0.1"),
                cost_rounding=Decimal("0.005"),
            ),
        ],
    ),
}


def expected_of(one: Any, day: date) -> ProviderUsage:
    """A line of the table above; costs alone are told as (model, dollars, rounding)."""
    if isinstance(one, ProviderUsage):
        return one
    model, cost, rounding = one
    return ProviderUsage(day=day, model=model, cost=Decimal(cost), cost_rounding=Decimal(rounding))


def test_every_format_is_among_them() -> None:
    assert EXPORTS.keys() == TELLS.keys()


@pytest.mark.parametrize("name", EXPORTS)
def test_what_an_export_says(name: str) -> None:
    text, (first, last), usage = EXPORTS[name]
    export = read_export(text)
    assert export.format == name
    assert (export.days[0], export.days[-1]) == (first, last)
    assert len(export.days) == (last - first).days + 1
    assert list(export.usage) == [expected_of(one, first) for one in usage]


def test_what_openai_leaves_out_is_worked_out() -> None:
    header = "start_time_iso,model,num_model_requests,input_tokens,output_tokens,input_cached_tokens,input_cache_write_tokens"
    (usage,) = read_export(f"{header}\n2026-11-01,gpt-5,1,100,7,60,30\n").usage
    assert (usage.prompt_tokens, usage.input_tokens, usage.cache_read_tokens) == (100, 10, 60)
    assert usage.cache_write_tokens == 30
    (usage,) = read_export("start_time_iso,model,num_model_requests,input_tokens,output_tokens\n2026-11-01,gpt-5,1,100,7").usage  # fmt: skip
    assert (usage.prompt_tokens, usage.input_tokens, usage.cache_read_tokens) == (100, None, None)


def rewritten(text: str, *, separator: str = ",", backwards: bool = False) -> str:
    """The same table as another program saves it."""
    rows = list(csv.reader(text.splitlines()))
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(
        row[::-1] if backwards else row for row in rows
    )
    return out.getvalue()


@pytest.mark.parametrize("name", EXPORTS)
def test_order_separator_mark_and_empty_lines_do_not_count(name: str) -> None:
    text = EXPORTS[name][0]
    as_it_is = read_export(text)
    for other in (
        "\ufeff" + text,
        rewritten(text, separator=";", backwards=True),
        rewritten(text, separator="\t"),
        "\n" + text.replace("\n", "\n\n"),
        "\n".join([text.splitlines()[0].upper().replace("_", " "), *text.splitlines()[1:]]),
    ):
        assert read_export(other) == as_it_is


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("$1,234.50", "1234.50"),
        ("1234.5 USD", "1234.5"),
        ("US$ 0,125", "0.125"),
        ("1.234,56", "1234.56"),
        ("-0.25", "-0.25"),
        ("1e-7", "1E-7"),
        ("1,234,567", "1234567"),
    ],
)
def test_money_as_people_write_it(said: str, meant: str) -> None:
    text = ANTHROPIC_COSTS.splitlines()
    row = text[1].replace("0.19,0.19", f'"{said}",0')
    (usage,) = read_export("\n".join([text[0], row])).usage
    assert usage.cost == Decimal(meant)


def test_a_comma_is_decimal_where_semicolons_separate() -> None:
    text = "usage_date_utc;model;cost_usd\n2026-03-22;m;1,234\n"
    assert read_export(text).usage[0].cost == Decimal("1.234")


REFUSED = {
    "nothing": ("", "The file is empty."),
    "another file": ("foo,bar\n1,2\n", "that pxbin knows. Its columns are: foo, bar."),
    "a header alone": (ANTHROPIC_COSTS.splitlines()[0], "no rows below its header"),
    "columns without end": (",".join(f"c{n}" for n in range(100_000)), "c39 and 99960 more."),
    "a column twice": ("date,Date\n1,2\n", "several columns named date"),
    "a new class of tokens": (
        ANTHROPIC_USAGE.replace("web_search_count", "usage_output_tokens_of_video"),
        "amounts that pxbin does not know: usage_output_tokens_of_video",
    ),
    "no day": (
        ANTHROPIC_USAGE.replace("2026-03-24", "yesterday"),
        "Line 4, usage_date_utc: 'yesterday' is no day.",
    ),
    "an empty day": (OPENROUTER_ACTIVITY.replace('"2026-05-13 00:00:00"', ""), "Line 3, date: ''"),
    "no number": (
        ANTHROPIC_USAGE.replace("4000", "many"),
        "Line 2, usage_input_tokens_cache_read: 'many' is no number.",
    ),
    "half a token": (OPENAI_USAGE.replace("59200.0", "59200.5"), "is no whole number from 0"),
    "less than no token": (OPENAI_USAGE.replace("59200.0", "-1"), "is no whole number from 0"),
    "no amount": (ANTHROPIC_COSTS.replace("1.00,1.00", "nan,1"), "is no amount of money"),
    "an empty amount": (ANTHROPIC_COSTS.replace("1.00,1.00", ",1"), "must not be empty"),
    "a number that fills the memory": (ANTHROPIC_USAGE.replace("4000", "1e999999999"), "is no number"),
    "and one behind the point": (ANTHROPIC_COSTS.replace("1.00,1.00", "1e-999999999,1"), "is no amount"),
    "a name with NUL": (ANTHROPIC_COSTS.replace("Claude", "Cla\0ude"), "has no name that can be kept"),
    "a name without end": (ANTHROPIC_COSTS.replace("Claude", "Claude" * 99), "has no name that can"),
    "another currency": (OPENAI_COSTS.replace("0.5,usd", "0.5,eur"), "'eur' is not the currency"),
    "costs of all models": (
        OPENAI_COSTS.replace('"gpt-4o-2024-08-06, input"', ""),
        "grouped by line item",
    ),
    "tokens of all models": (OPENAI_USAGE.replace("gpt-4o-2024-08-06", ""), "grouped by model"),
    "months": (OPENAI_USAGE.replace("2025-10-06T00:00:00+00:00,proj", "2025-11-05,proj"), "by the day"),
    "too many cells": (ANTHROPIC_COSTS + "2026-03-22,m,w,k,u,c,t,1,1,t,g,s,more\n", "Line 5 has more"),
    "a date read wrongly": (ANTHROPIC_USAGE.replace("2026-03-24", "2036-03-24"), f"{MOST_DAYS} days"),
    "a quote that never ends": ('usage_date_utc,model,cost_usd\n2026-03-22,"m,1\n', "no CSV file"),
    "other JSON": ('{"object": "list"}', "no usage or cost report"),
    "JSON too deep": ('{"data": ' + "[" * 20_000, "no usage or cost report"),
    "broken JSON": ('{"data": [', "no usage or cost report"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why_and_where(name: str) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(InvalidInput) as refused:
        read_export(text)
    assert reason in refused.value.message


def report(*buckets: list[dict[str, Any]]) -> str:
    """A report of the Admin API, a day for each bucket."""
    data = [
        {
            "starting_at": f"2026-03-{number:02}T00:00:00Z",
            "ending_at": f"2026-03-{number + 1:02}T00:00:00Z",
            "results": results,
        }
        for number, results in enumerate(buckets, start=1)
    ]
    return msgspec.json.encode({"data": data, "has_more": False, "next_page": None}).decode()


def test_a_usage_report_of_the_admin_api() -> None:
    result = {
        "uncached_input_tokens": 1500,
        "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
        "cache_read_input_tokens": 200,
        "output_tokens": 500,
        "server_tool_use": {"web_search_requests": 10},
        "api_key_id": None,
        "model": "claude-sonnet-4-20250514",
    }
    export = read_export(report([result], []))
    assert (export.format, len(export.days)) == ("anthropic-usage", 2)
    assert export.usage == (
        ProviderUsage(
            day=date(2026, 3, 1),
            model="claude-sonnet-4-20250514",
            prompt_tokens=3200,
            input_tokens=1500,
            cache_read_tokens=200,
            cache_write_tokens=1500,
            output_tokens=500,
        ),
    )
    with pytest.raises(InvalidInput, match=r"group_by\[\]=model"):
        read_export(report([result | {"model": None}]))


def test_a_cost_report_of_the_admin_api_is_in_cents() -> None:
    token = {"currency": "USD", "amount": "123.78912", "cost_type": "tokens", "model": "claude-x"}
    search = {"currency": "USD", "amount": "50", "cost_type": "web_search", "model": None}
    export = read_export(report([token, search]))
    assert export.format == "anthropic-costs"
    assert [(one.model, one.cost) for one in export.usage] == [
        ("claude-x", Decimal("1.2378912")),
        ("web_search", Decimal("0.5")),
    ]
    for wrong, reason in (
        ({"currency": "EUR"}, "in EUR"),
        ({"model": None}, r"group_by\[\]=description"),
        ({"amount": "1e99999"}, "no usage or cost report"),
    ):
        with pytest.raises(InvalidInput, match=reason):
            read_export(report([token | wrong]))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-12", date(2026, 5, 12)),
        ("2026-05-12 23:59:59.999", date(2026, 5, 12)),
        ("2026-05-12T22:00:00-05:00", date(2026, 5, 13)),
        ("1759622400", date(2025, 10, 5)),
    ],
)
def test_a_day_is_a_day_in_utc(text: str, day: date) -> None:
    assert utc_day(text) == day
