"""Secrets at rest: sealed under a master key that lies in the data folder, readable by its owner only."""

import base64
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from commonbook.errors import OutsideFailure
from commonbook.whole_file import write_once

_NONCE = 12
_CLIENT_DIGITS = 32


class Seal:
    """Seals API secrets and hashes passphrases under one master key."""

    def __init__(self, master: bytes) -> None:
        self._cipher = ChaCha20Poly1305(master)
        self._hash_key = hashlib.sha256(b"passphrase" + master).digest()
        self.blinding_key = hashlib.sha256(b"blinding" + master).digest()  # of keyed hashes that stand for persons

    @classmethod
    def found(cls, data_dir: Path) -> "Seal | None":
        """The same where there is a key; for whoever changes nothing in the folder.

        Raises:
            OutsideFailure: the key file is there but is no key.
        """
        return cls.open(data_dir) if (data_dir / "keys" / "master.key").exists() else None

    @classmethod
    def open(cls, data_dir: Path) -> "Seal":
        """The folder's master key; made at the first start.

        Raises:
            OutsideFailure: the key file is there but is no key.
        """
        path = data_dir / "keys" / "master.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(0o700)
            write_once(path, ChaCha20Poly1305.generate_key())
        master = path.read_bytes()
        if len(master) != 32:
            raise OutsideFailure(f"{path} is not a master key; restore it from the backup")
        return cls(master)

    def seal(self, secret: bytes, bound_to: str) -> str:
        """Encrypt; only opens again for the same `bound_to`."""
        nonce = os.urandom(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, secret, bound_to.encode())).decode()

    def unseal(self, sealed: str, bound_to: str) -> bytes:
        raw = base64.b64decode(sealed)
        return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], bound_to.encode())

    def blinded(self, purpose: str, value: str) -> str:
        """A keyed hash that stands for a person: of no use to whoever has the database without the master key."""
        return hmac.digest(self.blinding_key, f"{purpose}\0{value}".encode(), hashlib.sha256).hex()

    def client_name(self, broker: int, account: int) -> str:
        """What a broker's live channel calls an account (BL-12): 32 hexadecimal digits, always the same.

        Another broker's has another name for it, so that two streams do not tell that they have a client in common.
        """
        return self.blinded(f"client of broker {broker}", str(account))[:_CLIENT_DIGITS]

    def passphrase_hash(self, passphrase: str) -> str:
        """A keyed hash: of no use to whoever has the database without the master key."""
        return hmac.digest(self._hash_key, passphrase.encode(), "sha256").hex()
