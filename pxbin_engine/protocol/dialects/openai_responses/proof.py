"""``encrypted_content`` of a reasoning item: OpenAI's own, another vendor's proof marked as such, or a note that there is none.

A client of this dialect gives back what it was given, so another vendor's signature comes home through it. OpenAI itself
refuses what it did not write; ``patch`` keeps that from it.
"""

from msgspec import Struct

from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.request import SYNTHETIC_SIGNATURE, mark_foreign, read_foreign

UNSIGNED = f"{SYNTHETIC_SIGNATURE}unsigned"
"""Of thinking that no vendor vouches for."""

_REDACTED = "redacted:"
"""Between a vendor's mark and thinking that is encrypted as a whole (Anthropic's ``redacted_thinking``)."""


class Proof(Struct, frozen=True):
    """What vouches for thinking, as ``request.Thinking`` has it."""

    signature: str | None = None
    redacted: str | None = None
    vendor: str | None = None


def encode_proof(proof: Proof) -> str:
    """The ``encrypted_content`` for a client."""
    if proof.redacted is not None and proof.vendor is not None:
        return mark_foreign(proof.vendor, f"{_REDACTED}{proof.redacted}")
    if not proof.signature or proof.vendor is None:
        return UNSIGNED
    return proof.signature if proof.vendor == NAME else mark_foreign(proof.vendor, proof.signature)


def decode_proof(encrypted: str | None) -> Proof:
    """What a client brought back."""
    if not encrypted or encrypted.startswith(SYNTHETIC_SIGNATURE):
        return Proof()
    vendor, signature = read_foreign(encrypted, own=NAME)
    if signature != encrypted and signature.startswith(_REDACTED):
        return Proof(redacted=signature.removeprefix(_REDACTED), vendor=vendor)
    return Proof(signature, vendor=vendor)


def is_foreign(encrypted: str) -> bool:
    """Whether OpenAI did not write it."""
    marked = read_foreign(encrypted, own=NAME)[1] != encrypted
    return marked or encrypted.startswith(SYNTHETIC_SIGNATURE)
