"""Signatures of manifests: Ed25519 (RFC 8032) over the bytes of `manifest.json`, 64 bytes in `manifest.json.sig`,
and the public key in `manifest.json.pub`.

`openssl` checks them as they are; see docs/releases.md. The key is a PEM file that the environment variable names. The
manifest names neither: a release is the same bytes whoever signs it, and can be made again without the key.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supplychain.errors import BadInput, StoreFault
from supplychain.publish.manifest import PUBLIC_KEY, SIGNATURE

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


def signature_files(key: Ed25519PrivateKey, manifest: bytes) -> dict[str, bytes]:
    """What stands beside a signed manifest: the signature, and the public key in PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {SIGNATURE: key.sign(manifest), PUBLIC_KEY: public}


def check(manifest: bytes, signature: bytes | None, public: bytes | None, *, where: str, trusted: str | None) -> str:
    """Check a manifest's signature; what is known of it, in words.

    Args:
        manifest: The bytes.
        signature: The signature, None where there is none.
        public: The public key that stands beside it, None where there is none.
        where: The manifest's path, for complaints.
        trusted: A PEM file with the public key that must have signed; None takes the key that stands beside it.

    Raises:
        StoreFault: It is not signed and should be, or not by this key, or not these bytes.
        BadInput: The file `trusted` holds no such key.
    """
    if signature is None:
        if public or trusted:
            what = f"{SIGNATURE} is missing beside its key" if public else "is not signed"
            raise StoreFault(f"{where}: {what}; do not trust it, ask who published it")
        return "not signed"
    if public is None and trusted is None:
        raise StoreFault(f"{where}: {PUBLIC_KEY} is missing beside the signature; give --key, or ask who published it")
    from cryptography.exceptions import InvalidSignature

    key = _read(trusted, "--key", private=False) if trusted else _key(public or b"", where, private=False)
    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        by = f"by the key of {trusted}" if trusted else "by the key that stands beside it"
        raise StoreFault(f"{where}: is not signed {by}, or was edited since; do not trust it") from None
    name = base64.b64encode(key.public_bytes_raw()).decode()
    return f"signed by {name}" + ("" if trusted else "; give --key to check that this is the right key")


def _read(file: str, where: str, *, private: bool) -> Any:  # noqa: ANN401  (a key of either half)
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror})", where=where, remedy=_HOW) from None
    return _key(data, f"{where} {file}", private=private)


def _key(data: bytes, where: str, *, private: bool) -> Any:  # noqa: ANN401  (a key of either half)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    wanted: type = ed25519.Ed25519PrivateKey if private else ed25519.Ed25519PublicKey
    try:
        key = (
            serialization.load_pem_private_key(data, password=None)
            if private
            else serialization.load_pem_public_key(data)
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        half = "private key without a password" if private else "public key"
        raise BadInput(f"holds no {half} in PEM", where=where, remedy=_HOW) from None
    if not isinstance(key, wanted):
        raise BadInput(f"is no {ALGORITHM} key", where=where, remedy=_HOW)
    return key
