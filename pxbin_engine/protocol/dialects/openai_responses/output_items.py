"""The items of an answer in the making: what each says as it begins, grows and ends, and what it is in the end.

Source: OpenAI's API reference ("Streaming events"), and recorded streams of it. An event is its type and its fields; the
encoder adds the number, the item's id and its place. Calls of the client's tools are in ``call_items``.
"""

from typing import Any

from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses.proof import Proof, encode_proof
from pxbin_engine.protocol.dialects.openai_responses.wire import encode_line
from pxbin_engine.protocol.request import Citation, SearchHit

Json = dict[str, Any]
Event = tuple[str, Json]
"""Type without ``response.``, and fields."""


class OutputItem:
    """One item.

    Attributes:
        id: what all its events call it.
        delta_event: the event that carries more of it, and the fields that it always has.
        due: what comes before the first delta; nothing where none comes.
    """

    prefix = ""
    delta_event: Event = ("", {})

    def __init__(self, key: str) -> None:
        self.id = f"{self.prefix}_{key}"
        self.due: list[Event] = []
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """All that was added so far."""
        return "".join(self._pieces)

    def begin(self) -> list[Event]:
        """After ``output_item.added``."""
        return []

    def add(self, text: str) -> str:
        """More of it; what the delta says."""
        self._pieces.append(text)
        return text

    def end(self) -> tuple[str, list[Event]]:
        """A last delta, and what comes after it, before ``output_item.done``."""
        return "", []

    def encode(self, status: str) -> Json | Raw:
        """The item as it is now; ``in_progress``, ``completed`` or ``incomplete``."""
        raise NotImplementedError


class MessageItem(OutputItem):
    """Texts that follow each other, as one."""

    prefix = "msg"
    delta_event = ("output_text.delta", {"content_index": 0, "logprobs": []})

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self._annotations: list[Json] = []
        self._cited: list[Citation] = []
        self._earlier_pieces = 0

    def begin(self) -> list[Event]:
        return [("content_part.added", {"content_index": 0, "part": self._part("", [])})]

    def cite(self, citation: Citation) -> None:
        """Where the text part that is being written has something from."""
        self._cited.append(citation)

    def end_text(self) -> list[Event]:
        """The text part is complete: only now it is known how far its citations reach."""
        cited, self._cited = self._cited, []
        events = [self._annotate(citation) for citation in cited]
        self._earlier_pieces = len(self._pieces)
        return events

    def _annotate(self, citation: Citation) -> Event:
        annotation = {
            "type": "url_citation",
            "url": citation.url,
            "title": citation.title,
            "start_index": sum(map(len, self._pieces[: self._earlier_pieces])),
            "end_index": sum(map(len, self._pieces)),
        }
        place = {"content_index": 0, "annotation_index": len(self._annotations)}
        self._annotations.append(annotation)
        return "output_text.annotation.added", {**place, "annotation": annotation}

    def end(self) -> tuple[str, list[Event]]:
        part = self._part(self.text, self._annotations)
        return "", [
            ("output_text.done", {"content_index": 0, "text": self.text, "logprobs": []}),
            ("content_part.done", {"content_index": 0, "part": part}),
        ]

    def encode(self, status: str) -> Json:
        content = [] if status == "in_progress" else [self._part(self.text, self._annotations)]
        return {
            "id": self.id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    @staticmethod
    def _part(text: str, annotations: list[Json]) -> Json:
        return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}


class ReasoningItem(OutputItem):
    """Thinking; its text stands in the summary, which is what clients show."""

    prefix = "rs"
    delta_event = ("reasoning_summary_text.delta", {"summary_index": 0})

    def __init__(self, key: str, *, redacted: str | None, vendor: str | None) -> None:
        super().__init__(key)
        self._redacted = redacted
        self._vendor = vendor
        self._signature: str | None = None
        self.due = [("reasoning_summary_part.added", {"summary_index": 0, "part": _summary("")})]

    def sign(self, signature: str) -> None:
        """More of the vendor's proof."""
        self._signature = (self._signature or "") + signature

    def end(self) -> tuple[str, list[Event]]:
        if not self._pieces:
            return "", []
        return "", [
            ("reasoning_summary_text.done", {"summary_index": 0, "text": self.text}),
            ("reasoning_summary_part.done", {"summary_index": 0, "part": _summary(self.text)}),
        ]

    def encode(self, status: str) -> Json:
        item: Json = {"id": self.id, "type": "reasoning", "summary": []}
        if status != "in_progress":
            proof = Proof(self._signature, self._redacted, self._vendor)
            item["summary"] = [_summary(self.text)] if self._pieces else []
            item["encrypted_content"] = encode_proof(proof)
        return item


class WebSearchItem(OutputItem):
    """A search of the web; what it found comes after it began."""

    prefix = "ws"

    def __init__(self, key: str, query: str) -> None:
        super().__init__(key)
        self._query = query
        self._hits: tuple[SearchHit, ...] = ()
        self._failed = False

    def found(self, hits: tuple[SearchHit, ...], error: str | None) -> None:
        """The search has ended."""
        self._hits = hits
        self._failed = error is not None

    def begin(self) -> list[Event]:
        return [("web_search_call.in_progress", {}), ("web_search_call.searching", {})]

    def end(self) -> tuple[str, list[Event]]:
        return "", [] if self._failed else [("web_search_call.completed", {})]

    def encode(self, status: str) -> Json:
        action: Json = {"type": "search", "query": self._query, "queries": [self._query]}
        if self._hits:
            action["sources"] = [{"type": "url", "url": hit.url} for hit in self._hits]
        ended = "failed" if self._failed else status
        return {"id": self.id, "type": "web_search_call", "status": ended, "action": action}


class ImageItem(OutputItem):
    """A picture that the model drew."""

    prefix = "ig"

    def __init__(self, key: str, media_type: str, data: str) -> None:
        super().__init__(key)
        self._format = media_type.removeprefix("image/")
        self._data = data

    def begin(self) -> list[Event]:
        return [("image_generation_call.in_progress", {}), ("image_generation_call.generating", {})]

    def end(self) -> tuple[str, list[Event]]:
        return "", [("image_generation_call.completed", {})]

    def encode(self, status: str) -> Json:
        running = status == "in_progress"
        return {
            "id": self.id,
            "type": "image_generation_call",
            "status": "in_progress" if running else "completed",
            "output_format": self._format,
            "result": None if running else self._data,
        }


class WholeItem(OutputItem):
    """An item in this dialect's own words."""

    def __init__(self, raw: Raw) -> None:
        super().__init__("")
        self._raw = raw

    def encode(self, status: str) -> Raw:
        del status
        return self._raw


def _summary(text: str) -> Json:
    return {"type": "summary_text", "text": text}


def encode_item(item: OutputItem, status: str) -> bytes:
    """The item's JSON, on one line."""
    return encode_line(item.encode(status))
