"""A request as a command: with its body where that is kept, never with the key, and safe to paste."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pxbin_app.pages.logs.command import curl
from pxbin_engine.records import RecordedMessage, RequestRecord
from tests.support.database import a_request
from tests.support.recordings import a_message, a_recording


def a_record(**values: Any) -> RequestRecord:
    return a_request(**{"input_format": "anthropic", "model": "glm-4.6"} | values)


def sent(body: bytes, **values: Any) -> RecordedMessage:
    return a_message("client_request", body, **{"method": "POST", "url": "/v1/messages"} | values)


@pytest.mark.parametrize(
    ("spoken", "header"),
    [
        ("anthropic", "x-api-key: $PXBIN_KEY"),
        ("openai", "Authorization: Bearer $PXBIN_KEY"),
        ("openai-responses", "Authorization: Bearer $PXBIN_KEY"),
        ("gemini", "x-goog-api-key: $PXBIN_KEY"),
    ],
)
def test_the_key_stands_where_the_format_has_it(spoken: str, header: str) -> None:
    text, whole = curl(a_record(input_format=spoken), "http://127.0.0.1:8080")
    assert f'-H "{header}"' in text
    assert not whole


def test_it_says_what_it_does_not_know() -> None:
    text, _ = curl(a_record(path="/v1/messages"), "http://127.0.0.1:8080")
    assert text.startswith('# Needs the request in body.json ("model": "glm-4.6"), and a pxbin key')
    assert "curl -X POST http://127.0.0.1:8080/v1/messages" in text
    assert "anthropic-version: 2023-06-01" in text
    assert text.endswith("--data @body.json")


def test_a_strange_path_runs_nothing_else() -> None:
    record = a_record(path="/v1/$(reboot)'; rm", input_format="openai", model="m\n$(x)")
    first, *lines = curl(record, "http://h").text.splitlines()
    assert first.startswith("#")
    assert lines[0] == """curl -X POST 'http://h/v1/$(reboot)'"'"'; rm' \\"""
    assert "Authorization: Bearer $PXBIN_KEY" in lines[1]


def test_what_was_sent_is_sent_again_but_for_the_key() -> None:
    record = a_record()
    text, whole = curl(record, "http://h", a_recording(record).find("client_request"))
    assert whole
    assert "http://h/v1/messages?beta=true" in text
    assert "anthropic-beta: claude-code-20250219" in text
    assert "content-type: application/json" in text
    assert "*" not in text.partition("--data")[0], "a masked key is no header"
    for name in ("host:", "authorization:", "content-length:"):
        assert f"'{name}" not in text


def test_a_body_that_is_cut_or_no_text_is_asked_for() -> None:
    for message in (sent(b"{", cut=True, size=9), sent(b"\xff\x00")):
        text, whole = curl(a_record(), "http://h", message)
        assert text.endswith("--data @body.json")
        assert not whole


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell")
@pytest.mark.parametrize("length", [10, 90_000])
def test_a_shell_gives_curl_exactly_that_body(tmp_path: Path, length: int) -> None:
    body = json.dumps({"a": "it's $HOME `id` \\ \n END_OF_BODY" + "é" * length}, ensure_ascii=False)
    text = curl(a_record(), "http://h", sent(body.encode())).text
    fake = tmp_path / "curl"
    fake.write_text(
        "#!/bin/sh\nfor last; do :; done\n"
        'if [ "$last" = "@-" ]; then cat; else printf "%s\\n" "$last"; fi > "$OUT"\n'
    )
    fake.chmod(0o755)
    out = tmp_path / "out"
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "OUT": str(out), "PXBIN_KEY": "k"}
    subprocess.run(["sh"], input=text.encode(), env=environment, check=True, timeout=10)
    assert out.read_text("utf-8") == f"{body}\n"
