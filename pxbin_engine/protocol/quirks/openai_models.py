"""OpenAI's models by their names, wherever a host without rules of its own (Azure, a gateway) serves them."""

from pxbin_engine.protocol.quirks.fields import Quirks
from pxbin_engine.protocol.request import Effort

LOW_TO_HIGH: tuple[Effort, ...] = ("low", "medium", "high")


def _reasoning_model(*efforts: Effort) -> Quirks:
    return Quirks(
        max_tokens_field="max_completion_tokens", sampling=False, penalties=False, efforts=efforts
    )


OPENAI_MODELS: tuple[tuple[str, Quirks], ...] = (
    # developers.openai.com/api/docs/guides/tools-web-search, "Chat Completions": the models that search, and refuse sampling.
    (
        r"(?:gpt-4o(?:-mini)?-search-preview|gpt-5-search-api)",
        Quirks(
            max_tokens_field="max_completion_tokens",
            sampling=False,
            penalties=False,
            web_search="options",
        ),
    ),
    # A chat model under a reasoning model's name: temperature is taken, a level of reasoning is not.
    (r"gpt-5[\d.]*-chat", Quirks(max_tokens_field="max_completion_tokens")),
    (r"gpt-5(?:\.\d)?-pro", _reasoning_model("high")),
    # "'minimal' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'."
    (r"gpt-5\.1-codex-max", _reasoning_model("none", *LOW_TO_HIGH, "xhigh")),
    (r"gpt-5\.1", _reasoning_model("none", *LOW_TO_HIGH)),
    (r"gpt-5\.\d", _reasoning_model("none", *LOW_TO_HIGH, "xhigh")),
    (r"gpt-5", _reasoning_model("minimal", *LOW_TO_HIGH)),
    # "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    (r"o1-(?:mini|preview)", _reasoning_model()),
    (r"o[134](?:-|$)", _reasoning_model(*LOW_TO_HIGH)),
)
"""Pattern of the model's name, quirks; the first that fits counts."""
