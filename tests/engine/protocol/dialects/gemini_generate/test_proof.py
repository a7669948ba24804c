"""Signatures: Google's own, other vendors' through a Gemini client, and none at all."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.gemini_generate.proof import (
    UNSIGNED,
    Proof,
    decode_proof,
    encode_proof,
    without_proofs,
)
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME

VENDORS = st.sampled_from(["anthropic_messages", "openai_responses"])
TEXTS = st.text(min_size=1)


def test_googles_own_goes_through_as_it_is() -> None:
    own = Proof("CtcBAVSoXO+/Zm9v", vendor=NAME)
    assert encode_proof(own) == "CtcBAVSoXO+/Zm9v"
    assert decode_proof("CtcBAVSoXO+/Zm9v") == own


@given(VENDORS, TEXTS, st.booleans(), st.booleans())
def test_behaviour_18_another_vendors_comes_home(
    vendor: str, signature: str, redacted: bool, by_python: bool
) -> None:
    proof = Proof(redacted=signature, vendor=vendor) if redacted else Proof(signature, None, vendor)
    said = encode_proof(proof)
    assert said is not None
    base64.b64decode(said, validate=True)  # Google's SDK for Go takes nothing else
    if by_python:
        said = said.replace("+", "-").replace("/", "_")
    back = decode_proof(said)
    if redacted or not signature.startswith("redacted:"):
        assert back == proof


@pytest.mark.parametrize("said", [None, "", UNSIGNED, "context_engineering_is_the_way_to_go"])
def test_what_stands_for_no_signature_is_none(said: str | None) -> None:
    assert decode_proof(said) == Proof()


@pytest.mark.parametrize(
    "proof", [Proof(), Proof("x"), Proof("", vendor=NAME), Proof("", vendor="a")]
)
def test_what_nobody_vouches_for_is_not_signed(proof: Proof) -> None:
    assert encode_proof(proof) is None


@pytest.mark.parametrize("said", ["cHhiaW4t", "cHhiaW4t!", "cHhiaW4t//8=", "cHhiaW4té"])
def test_what_only_looks_like_a_mark_is_googles(said: str) -> None:
    assert decode_proof(said) == Proof(said, vendor=NAME)


def test_the_verbatim_way_takes_out_what_google_would_refuse() -> None:
    own, foreign = "c2ln", encode_proof(Proof("EqQB", vendor="anthropic_messages")) or ""
    body = '{"a":{"thoughtSignature": "%s"},"b":{"thought_signature":"%s"},"c":"\\"thoughtSignature\\":\\"x\\""}'
    told = body % (own, foreign)
    assert without_proofs(told.encode(), only_foreign=True) == (
        told.replace(
            f'"thought_signature":"{foreign}"', f'"thought_signature":"{UNSIGNED}"'
        ).encode(),
        1,
    )
    patched, replaced = without_proofs(told.encode(), only_foreign=False)
    assert (replaced, patched.count(UNSIGNED.encode())) == (2, 2)
