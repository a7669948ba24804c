"""Brave Search, an index of its own behind a key.

``GET https://api.search.brave.com/res/v1/web/search`` with the key in ``X-Subscription-Token``; ``q`` of at most 400
characters and 50 words, ``count`` of at most 20, ``country`` of two letters (api-dashboard.search.brave.com, "Web search").
A refused key is a 422 with the code ``SUBSCRIPTION_TOKEN_INVALID``.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from pxbin_engine.protocol.request import SearchHit
from pxbin_engine.search.provider import LONGEST_TEXT, Found, HttpQuestion

ADDRESS = "https://api.search.brave.com"

_MOST = 20


class _Result(Struct):
    url: str = ""
    title: str | None = None
    description: str | None = None
    extra_snippets: list[str] | None = None
    age: str | None = None
    page_age: str | None = None


class _Web(Struct):
    results: list[_Result] = []


class _Answer(Struct):
    web: _Web | None = None


class _Fault(Struct):
    code: str = ""
    detail: str = ""


class _Refusal(Struct):
    error: _Fault


_answer = msgspec.json.Decoder(_Answer)
_refusal = msgspec.json.Decoder(_Refusal)


class Brave:
    """See ``provider.SearchApi``."""

    name = "Brave"
    knows_location = True
    longest_query = 400

    def __init__(self, api_key: str, base_url: str = "") -> None:
        self._url = f"{(base_url or ADDRESS).rstrip('/')}/res/v1/web/search"
        self._key = api_key

    def ask(self, query: str, count: int, location: Mapping[str, str]) -> HttpQuestion:
        """Without marks in the texts."""
        parameters = {"q": query, "count": str(min(count, _MOST)), "text_decorations": "false"}
        country = location.get("country", "")
        if len(country) == 2:
            parameters["country"] = country.upper()
        headers = {"accept": "application/json", "x-subscription-token": self._key}
        return HttpQuestion(self._url, parameters, headers)

    def read(self, status: int, body: bytes) -> Found:
        """The results, or why there are none."""
        if status != 200:
            return _refused(status, body)
        try:
            web = _answer.decode(body).web
        except msgspec.DecodeError:
            return Found(error="unavailable", reason="Brave did not answer with its JSON.")
        return Found(tuple(_hit(result) for result in web.results if result.url) if web else ())


def _refused(status: int, body: bytes) -> Found:
    if status == 429:
        return Found(error="too_many_requests", reason="Brave's limit for this key is reached.")
    try:
        code = _refusal.decode(body).error.code
    except msgspec.DecodeError:
        code = ""
    if status in {401, 403} or code.startswith("SUBSCRIPTION_TOKEN"):
        reason = f"Brave refused the key ({code or status}): see web_search_api_key."
        return Found(error="unavailable", reason=reason)
    # Its detail may repeat the query.
    reason = f"Brave answered {status} {code}".rstrip() + "."
    return Found(error="invalid_input" if status == 422 else "unavailable", reason=reason)


def _hit(result: _Result) -> SearchHit:
    text = "\n".join(filter(None, [result.description, *(result.extra_snippets or ())]))
    age = result.page_age or result.age
    return SearchHit(result.url, result.title or "", age, text[:LONGEST_TEXT])
