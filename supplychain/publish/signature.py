"""Signatures of manifests: Ed25519 (RFC 8032) over the bytes of `manifest.json`, 64 bytes in `manifest.json.sig`.

`openssl` checks them as they are; see docs/releases.md. The key is a PEM file that the environment variable names, and
the manifest holds the public half.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supplychain.errors import BadInput, StoreFault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_VARIABLE = "SUPPLYCHAIN_SIGNING_KEY"
ALGORITHM = "Ed25519"
_HOW = "make one with `openssl genpkey -algorithm ed25519 -out key.pem`"


def signing_key(*, required: bool) -> Ed25519PrivateKey | None:
    """The key that the environment names; None where it names none.

    Raises:
        BadInput: The file cannot be read or holds no such key, or there is none and the product wants one.
    """
    named = os.environ.get(KEY_VARIABLE)
    if not named:
        if required:
            remedy = f"name an Ed25519 key in PEM; {_HOW}"
            raise BadInput("is not set, and publish.signed wants a signature", where=KEY_VARIABLE, remedy=remedy)
        return None
    key: Ed25519PrivateKey = _read(named, KEY_VARIABLE, private=True)
    return key


def signer(key: Ed25519PrivateKey) -> dict[str, str]:
    """What the manifest says of the key."""
    return {"algorithm": ALGORITHM, "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode()}


def check(manifest: bytes, signature: bytes | None, content: dict[str, Any], *, where: str, trusted: str | None) -> str:
    """Check a manifest's signature; what is known of it, in words.

    Args:
        manifest: The bytes.
        signature: The signature, None where there is none.
        content: The manifest, read.
        where: The manifest's path, for complaints.
        trusted: A PEM file with the public key that must have signed; None takes the manifest's own word for it.

    Raises:
        StoreFault: It is not signed and should be, or not by this key, or not these bytes.
        BadInput: The file `trusted` holds no such key.
    """
    said = content.get("signed_by")
    if signature is None:
        if said or trusted:
            what = "says that it is signed, and manifest.json.sig is missing" if said else "is not signed"
            raise StoreFault(f"{where}: {what}; do not trust it, ask who published it")
        return "not signed"
    if not said:
        raise StoreFault(f"{where}: has a signature and names no key; do not trust it, ask who published it")
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    own = Ed25519PublicKey.from_public_bytes(base64.b64decode(said["public_key"]))
    key = _read(trusted, "--key", private=False) if trusted else own
    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        by = f"by the key of {trusted}" if trusted else "by the key that it names"
        raise StoreFault(f"{where}: is not signed {by}, or was edited since; do not trust it") from None
    return f"signed by {said['public_key']}" + ("" if trusted else "; give --key to check that this is the right key")


def _read(file: str, where: str, *, private: bool) -> Any:  # noqa: ANN401  (a key of either half)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    try:
        data = Path(file).read_bytes()
        key = (
            serialization.load_pem_private_key(data, password=None)
            if private
            else serialization.load_pem_public_key(data)
        )
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror})", where=where, remedy=_HOW) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        half = "private key without a password" if private else "public key"
        raise BadInput(f"{file} holds no {half} in PEM", where=where, remedy=_HOW) from None
    wanted: tuple[type, ...] = (ed25519.Ed25519PrivateKey if private else ed25519.Ed25519PublicKey,)
    if not isinstance(key, wanted):
        raise BadInput(f"{file} is no {ALGORITHM} key", where=where, remedy=_HOW)
    return key
