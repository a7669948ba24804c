"""Whose reasoning it is survives the way through a client's ``encrypted_content``."""

import pytest

from pxbin_engine.protocol.dialects.openai_responses.proof import (
    UNSIGNED,
    Proof,
    decode_proof,
    encode_proof,
    is_foreign,
)


@pytest.mark.parametrize(
    ("proof", "encrypted", "foreign"),
    [
        (Proof("gAAAA", vendor="openai_responses"), "gAAAA", False),
        (Proof("EqQB", vendor="anthropic_messages"), "pxbin-anthropic_messages:EqQB", True),
        (
            Proof(redacted="EmwK", vendor="anthropic_messages"),
            "pxbin-anthropic_messages:redacted:EmwK",
            True,
        ),
        (Proof("a:b", vendor="gemini_generate"), "pxbin-gemini_generate:a:b", True),
        (Proof(), UNSIGNED, True),
    ],
)
def test_behaviour_25_a_proof_comes_home_whoever_made_it(
    proof: Proof, encrypted: str, foreign: bool
) -> None:
    assert encode_proof(proof) == encrypted
    assert decode_proof(encrypted) == proof
    assert is_foreign(encrypted) is foreign


@pytest.mark.parametrize("encrypted", [None, ""])
def test_nothing_vouches_for_nothing(encrypted: str | None) -> None:
    assert decode_proof(encrypted) == Proof()


@pytest.mark.parametrize("proof", [Proof("sig"), Proof("", vendor="openai_responses")])
def test_what_proves_nothing_is_given_to_nobody(proof: Proof) -> None:
    assert encode_proof(proof) == UNSIGNED
