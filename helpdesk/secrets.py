"""Secrets: sealing what the database keeps, tokens, passwords, and the signed keys of files that platforms fetch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from secrets import token_urlsafe
from socket import gethostname

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from itsdangerous import BadSignature, URLSafeSerializer

PASSWORD_LIMIT = 1024  # characters: hashing costs time by length
_FILE_KEYS = "media"  # salt: a signature made for another purpose does not open a file


class KeyMissing(Exception):
    """None of the encryption keys opens this: it was sealed with a key that is gone, or was changed."""


class Vault:
    """Seals texts with the newest key and opens them with any.

    `keys` are Fernet keys, newest first. Raises ValueError when there is none or one is malformed.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("a vault needs a key")
        fernets = [Fernet(key) for key in keys]
        self._newest = fernets[0]
        self._all = MultiFernet(fernets)

    def __repr__(self) -> str:
        return "Vault(…)"

    def seal(self, text: str) -> str:
        return self._all.encrypt(text.encode()).decode()

    def open(self, token: str) -> str:
        """Raises KeyMissing."""
        try:
            return self._all.decrypt(token.encode()).decode()
        except InvalidToken:
            raise KeyMissing("no encryption key opens this secret") from None

    def rotate(self, token: str) -> str:
        """The same text, sealed with the newest key. Raises KeyMissing."""
        try:
            return self._all.rotate(token.encode()).decode()
        except InvalidToken:
            raise KeyMissing("no encryption key opens this secret") from None

    def is_current(self, token: str) -> bool:
        """Is it sealed with the newest key?"""
        try:
            self._newest.decrypt(token.encode())
        except InvalidToken:
            return False
        return True


def claim_token() -> str:
    """What a claim of work is marked with: nobody else can have it, and it begins with who holds the claim."""
    return f"{holder(os.getpid())}{new_token()}"


def holder(pid: int | None = None) -> str:
    """The beginning of every claim of this process of this machine; without `pid`, of any of its processes."""
    return f"{gethostname()}:" if pid is None else f"{gethostname()}:{pid}:"


def new_token(prefix: str = "") -> str:
    """256 random bits in URL-safe letters after `prefix` ("hd_" lets secret scanners find a leaked one)."""
    return prefix + token_urlsafe(32)


def hash_token(token: str) -> str:
    """SHA-256 in hex: what the database keeps of a token. Random tokens need no slow hash."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def hash_password(password: str) -> str:
    """An Argon2id hash with its parameters; takes about 80 ms. Raises ValueError above 1,024 characters."""
    if len(password) > PASSWORD_LIMIT:
        raise ValueError(f"a password has at most {PASSWORD_LIMIT} characters")
    return _hasher().hash(password.encode(errors="surrogatepass"))


def check_password(stored: str | None, password: str) -> bool:
    """Does `password` fit the stored hash? With None (nobody of that name) it takes as long and says no."""
    if len(password) > PASSWORD_LIMIT:
        return False
    try:
        _hasher().verify(stored or _dummy_hash(), password.encode(errors="surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def sign_file_key(key: str, *, secret: str, until: datetime) -> str:
    """A URL-safe word that opens the file `key` for whoever has it, until then."""
    return str(_signer(secret).dumps([key, int(until.timestamp())]))


def unsign_file_key(signed: str, *, secret: str, now: datetime) -> str | None:
    """The file's key; None when the word was changed, made elsewhere or is too old."""
    if not signed.isascii():
        return None
    try:
        key, until = _signer(secret).loads(signed)
    except BadSignature:
        return None
    return str(key) if now.timestamp() < until else None


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=_FILE_KEYS, signer_kwargs={"digest_method": hashlib.sha256})


@cache
def _hasher() -> PasswordHasher:
    """OWASP's second profile: 19 MiB, two passes (the library's default takes 490 ms here)."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _dummy_hash() -> str:
    return _hasher().hash(token_urlsafe(16))
