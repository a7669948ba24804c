"""Whose proof a signature is, on its way through a client of another dialect than the vendor's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.request import SYNTHETIC_SIGNATURE, mark_foreign, read_foreign

VENDORS = ("anthropic_messages", "openai_chat", "openai_responses", "gemini_generate")


@given(st.sampled_from(VENDORS), st.text(min_size=1))
def test_behaviour_18_a_foreign_signature_comes_back_as_it_was(vendor: str, signature: str) -> None:
    marked = mark_foreign(vendor, signature)
    assert read_foreign(marked, own="anthropic_messages") == (vendor, signature)


@pytest.mark.parametrize(
    "signature", ["EqQBCgIYAg==", "", "pxbin", "pxbin-", f"{SYNTHETIC_SIGNATURE}unsigned"]
)
def test_behaviour_18_any_other_signature_is_the_clients_own(signature: str) -> None:
    assert read_foreign(signature, own="openai_chat") == ("openai_chat", signature)
