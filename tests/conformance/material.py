"""What conversations are about in every dialect: a tool, a picture, a document, texts."""

from tests.conformance.case import Json

HELLO = "Hello, world."
ANSWER = "Hello there."
UNICODE = "naïve 日本語 — 🎉👩‍💻 ok"
SYSTEM = "You are terse."
TEMPERATURE = 0.5
MAX_TOKENS = 4000
STOP = "END"

TOOL = "read_file"
DESCRIPTION = "Reads a file – “as it is”."
SCHEMA: Json = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "description": "Where it is: C:\\ or /é"},
        "limit": {"type": "integer"},
    },
    "required": ["path"],
}
OTHER_TOOL = "list_folder"
OTHER_SCHEMA: Json = {"type": "object", "properties": {"path": {"type": "string"}}}

ANSWER_SCHEMA: Json = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "population": {"type": "integer"}},
    "required": ["city", "population"],
    "additionalProperties": False,
}

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PDF = "JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoKdHJhaWxlcjw8L1Jvb3QgMSAwIFI+PgolJUVPRgo="

SEARCHED = "highest buildings"
PAGE_TITLE = "The tallest towers"
PAGE_URL = "https://example.org/towers"
