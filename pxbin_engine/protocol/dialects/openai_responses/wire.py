"""The JSON of OpenAI's Responses API as typed structs: what a client's request is made of.

Source: OpenAI's API reference ("Create a model response") and what Codex CLI, OpenCode and the SDKs were seen to send.
"""

NAME = "openai_responses"
"""The dialect's name, also the key of what only it can say in every ``extensions``."""
