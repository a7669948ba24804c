"""Google's own SDK, on a transport that answers from memory."""

import httpx2  # what Google's SDK stands on
from google import genai
from google.genai import types


class Answering(httpx2.BaseTransport):
    """Answers every request alike and keeps what was asked."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.asked: list[httpx2.Request] = []
        self._body = body
        self._status = status

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer; a body that is no JSON is a stream."""
        request.read()
        self.asked.append(request)
        is_json = self._body.startswith((b"{", b"["))
        kind = "application/json" if is_json else "text/event-stream"
        return httpx2.Response(self._status, headers={"content-type": kind}, content=self._body)


def client_of(body: bytes | Answering) -> genai.Client:
    """A client that is answered so, once."""
    transport = body if isinstance(body, Answering) else Answering(body)
    options = types.HttpOptions(
        base_url="http://pxbin.test",
        httpx_client=httpx2.Client(transport=transport),
        retry_options=types.HttpRetryOptions(attempts=1),
    )
    return genai.Client(api_key="key", http_options=options)
