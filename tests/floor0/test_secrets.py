"""Secrets: sealing and rotating, tokens, passwords, signed file keys."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from helpdesk.secrets import (
    KeyMissing,
    Vault,
    check_password,
    hash_password,
    hash_token,
    new_token,
    sign_file_key,
    unsign_file_key,
)

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECRET = "s" * 40


@pytest.fixture(scope="module")
def keys() -> list[str]:
    return [Fernet.generate_key().decode() for _ in range(3)]


def test_what_is_sealed_opens_and_does_not_show(keys):
    vault = Vault(keys)

    sealed = vault.seal("tøken")

    assert vault.open(sealed) == "tøken"
    assert "tøken" not in sealed
    assert keys[0] not in repr(vault)


def test_rotation_seals_with_the_newest_key_and_old_keys_may_then_go(keys):
    sealed = Vault(keys[1:2]).seal("token")
    both = Vault(keys[:2])
    assert both.open(sealed) == "token"
    assert not both.is_current(sealed)

    rotated = both.rotate(sealed)

    assert both.is_current(rotated)
    assert Vault(keys[:1]).open(rotated) == "token"


@pytest.mark.parametrize("use", ["open", "rotate"])
@pytest.mark.parametrize("token", ["", "not a token", "ключ"])
def test_without_the_key_it_stays_shut(keys, use, token):
    with pytest.raises(KeyMissing):
        getattr(Vault(keys), use)(token)
    with pytest.raises(KeyMissing):
        getattr(Vault(keys[:1]), use)(Vault(keys[2:]).seal("token"))


def test_a_vault_needs_good_keys():
    with pytest.raises(ValueError, match="needs a key"):
        Vault([])
    with pytest.raises(ValueError, match="32"):
        Vault(["short"])


def test_tokens_are_long_new_and_kept_as_hashes():
    first, second = new_token("hd_"), new_token("hd_")

    assert first != second
    assert first.startswith("hd_")
    assert len(first) == 3 + 43
    assert len(hash_token(first)) == 64
    assert hash_token("\ud800")


def test_only_the_right_password_fits():
    stored = hash_password("linen-sand-olive-7")

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(stored, "linen-sand-olive-7")
    assert not check_password(stored, "linen-sand-olive-8")
    assert not check_password("not a hash", "x")
    assert not check_password(stored, "\ud800")


def test_nobody_takes_as_long_as_somebody():
    stored = hash_password("x")
    check_password(None, "warm")

    def seconds(stored: str | None) -> float:
        began = time.perf_counter()
        assert not check_password(stored, "wrong")
        return time.perf_counter() - began

    somebody, nobody = (min(seconds(kind) for _ in range(3)) for kind in (stored, None))
    assert nobody > somebody / 3


def test_an_endless_password_is_refused():
    with pytest.raises(ValueError, match="1024"):
        hash_password("x" * 1025)
    assert not check_password(None, "x" * 10_000_000)


def test_a_signed_file_key_opens_until_it_is_too_old():
    signed = sign_file_key("abc", secret=SECRET, until=NOW + timedelta(minutes=30))

    assert unsign_file_key(signed, secret=SECRET, now=NOW) == "abc"
    assert unsign_file_key(signed, secret=SECRET, now=NOW + timedelta(minutes=30)) is None


@pytest.mark.parametrize("forged", ["", "abc", "é", "\ud800", "../../etc/passwd"])
def test_a_forged_file_key_opens_nothing(forged):
    signed = sign_file_key("abc", secret=SECRET, until=NOW + timedelta(minutes=30))

    assert unsign_file_key(forged, secret=SECRET, now=NOW) is None
    assert unsign_file_key(signed + "A", secret=SECRET, now=NOW) is None
    assert unsign_file_key(signed, secret="t" * 40, now=NOW) is None
