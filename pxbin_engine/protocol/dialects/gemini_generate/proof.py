"""``thoughtSignature``: Google's own as it is, another vendor's proof marked as such.

A client gives back what it was given, so another vendor's signature comes home through it. The field is bytes, which is
base64 in JSON: Google's SDKs for Python and Go refuse anything else, and Python's says it again with ``-`` and ``_`` for
``+`` and ``/``.
"""

import base64
import re

from msgspec import Struct

from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.request import mark_foreign, read_foreign

UNSIGNED = "skip_thought_signature_validator"
"""What stands in the place of a signature that nobody gave; Gemini CLI puts it on calls of other models
(ai.google.dev/gemini-api/docs/thought-signatures, "FAQs")."""

_NO_PROOFS = (UNSIGNED, "context_engineering_is_the_way_to_go")

_MARK = base64.b64encode(b"pxbin-").decode()
_STANDARD = str.maketrans("-_", "+/")
_REDACTED = "redacted:"
"""Between a vendor's mark and thinking that is encrypted as a whole (Anthropic's ``redacted_thinking``)."""

_FOREIGN_FIELD = re.compile(
    rb'"(thoughtSignature|thought_signature)"\s*:\s*"%b[^"]*"' % _MARK.encode()
)
_ANY_FIELD = re.compile(rb'"(thoughtSignature|thought_signature)"\s*:\s*"[^"]+"')


class Proof(Struct, frozen=True):
    """What vouches for thinking, as ``request.Thinking`` has it."""

    signature: str | None = None
    redacted: str | None = None
    vendor: str | None = None


def encode_proof(proof: Proof) -> str | None:
    """The ``thoughtSignature`` for a client; None where nobody vouches."""
    if proof.vendor is None:
        return None
    if proof.redacted is not None:
        return _marked(proof.vendor, f"{_REDACTED}{proof.redacted}")
    if not proof.signature or proof.vendor == NAME:
        return proof.signature or None
    return _marked(proof.vendor, proof.signature)


def _marked(vendor: str, signature: str) -> str:
    return base64.b64encode(mark_foreign(vendor, signature).encode()).decode()


def decode_proof(said: str | None) -> Proof:
    """What a client brought back."""
    if not said or said in _NO_PROOFS:
        return Proof()
    vendor, signature = read_foreign(_unmarked(said), own=NAME)
    if vendor == NAME:
        return Proof(said, vendor=NAME)
    if signature.startswith(_REDACTED):
        return Proof(redacted=signature.removeprefix(_REDACTED), vendor=vendor)
    return Proof(signature, vendor=vendor)


def is_base64(text: str) -> bool:
    """Whether Google's SDKs can read it as bytes; they refuse an answer with another text in their place."""
    try:
        base64.b64decode(text.translate(_STANDARD), validate=True)
    except ValueError:
        return False
    return True


def _unmarked(said: str) -> str:
    if not said.startswith(_MARK):
        return said
    try:
        return base64.b64decode(said.translate(_STANDARD)).decode()
    except ValueError:  # no base64, or no UTF-8
        return said


def without_proofs(body: bytes, *, only_foreign: bool) -> tuple[bytes, int]:
    """A request's bytes with the signatures that Google would refuse replaced, and how many they were."""
    pattern = _FOREIGN_FIELD if only_foreign else _ANY_FIELD
    return pattern.subn(rb'"\1":"%b"' % UNSIGNED.encode(), body)
