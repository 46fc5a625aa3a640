"""Settings: every variable is checked, errors are one line that helps, and the documentation is what the code says."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import config

ROOT = Path(config.__file__).parent
KEYS = {
    "SECRET_KEY": "canary-secret-" + "s" * 40,
    "ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=",
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {**KEYS, "DATA_DIR": str(tmp_path / "data")}


def test_without_any_variable_the_defaults_hold(environ, tmp_path):
    settings = config.load(environ)

    assert settings.database_url == f"sqlite:///{tmp_path}/data/helpdesk.db"
    assert settings.storage_url == f"file://{tmp_path}/data/files"
    assert (settings.host, settings.port, settings.live_port, settings.sandbox_port) == ("127.0.0.1", 8000, 8002, 8001)
    assert (settings.public_url, settings.live_url) == ("http://127.0.0.1:8000", "http://127.0.0.1:8002")
    assert settings.is_sqlite
    assert settings.is_loopback
    assert settings.trusted_origins == frozenset()
    assert settings.instagram_api_url == "https://graph.instagram.com/v25.0"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DATABASE_URL", "postgres://user:canary@db/x", "must begin with"),
        ("DATABASE_URL", "sqlite://", "needs a file"),
        ("DATABASE_URL", "postgresql+psycopg://user:canary@db", "names no database"),
        ("REDIS_URL", "http://:canary@cache", "must be redis://"),
        ("REDIS_URL", "redis://:canary@cache:99999", "valid host and port"),
        ("SECRET_KEY", "canary", "shorter than 32"),
        ("ENCRYPTION_KEYS", "canary-canary-canary-canary", "key 1 is not 32 bytes"),
        ("ENCRYPTION_KEYS", KEYS["ENCRYPTION_KEYS"] + ",canary", "key 3 is not 32 bytes"),
        ("ENCRYPTION_KEYS", ",", "holds no key"),
        ("PUBLIC_URL", "desk.example.com", "must begin with http"),
        ("PUBLIC_URL", "https://desk.example.com/desk", "must not have a path"),
        ("PUBLIC_URL", "https://user:canary@desk.example.com", "must not have a user"),
        ("PUBLIC_URL", "https://desk.example.com:0", "port 0"),
        ("DATA_DIR", "/tmp/what?", "must not have"),
        ("HOST", "not a host", "is not an address"),
        ("PORT", "eighty", "is not a port"),
        ("PORT", "0", "is not a port"),
        ("PORT", "65536", "is not a port"),
        ("PORT", "٨٠٠٠", "is not a port"),
        ("LIVE_PORT", "8000", "is the same as PORT"),
        ("LIVE_URL", "ws://live.example.com", "must begin with http"),
        ("SANDBOX_PORT", "-1", "is not a port"),
        ("STORAGE_URL", "s3://", "must be file:///PATH"),
        ("STORAGE_URL", "/srv/files", "must be file:///PATH"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy", "is not an address or a network"),
        ("LOG_LEVEL", "loud", "must be one of"),
        ("LOG_FORMAT", "xml", "must be one of"),
        ("INSTAGRAM_API_URL", "ftp://graph", "must begin with http"),
        ("FACEBOOK_API_URL", "https://graph?access_token=canary", "must not have a user, a query"),
        ("TELEGRAM_API_URL", "https://api telegram", "must not have spaces"),
    ],
)
def test_an_unusable_value_stops_the_start_with_one_line(environ, name, value, problem):
    with pytest.raises(config.ConfigError) as caught:
        config.load(environ | {name: value})

    line = str(caught.value)
    assert line.startswith(f"{name}: ")
    assert problem in line
    assert "a good one: " in line
    assert "\n" not in line
    assert "canary" not in line


def test_every_setting_has_a_bad_value_above():
    marks = test_an_unusable_value_stops_the_start_with_one_line.pytestmark
    tried = {values[0] for mark in marks for values in mark.args[1]}

    assert tried == {setting.name for setting in config.SETTINGS}


def test_an_address_that_nobody_can_call_needs_a_public_one(environ):
    with pytest.raises(config.ConfigError, match="PUBLIC_URL: is needed when HOST is"):
        config.load(environ | {"HOST": "0.0.0.0"})

    settings = config.load(environ | {"HOST": "0.0.0.0", "PUBLIC_URL": "https://desk.example.com/"})

    assert settings.public_url == "https://desk.example.com"
    assert not settings.is_loopback
    assert settings.session_cookie == "__Host-session"
    assert settings.flask_mapping()["SESSION_COOKIE_SECURE"] is True
    assert settings.console_origins == ("https://desk.example.com",)


def test_a_loopback_desk_answers_to_both_its_names(environ):
    settings = config.load(environ | {"PORT": "8123"})

    assert settings.console_origins == ("http://127.0.0.1:8123", "http://localhost:8123")
    assert settings.live_origins == ("http://127.0.0.1:8002", "http://localhost:8002")
    assert settings.session_cookie == "session-8123"


def test_only_platform_urls_from_the_environment_are_trusted(environ):
    settings = config.load(environ | {"INSTAGRAM_API_URL": "http://127.0.0.1:8001/instagram/v25.0/"})

    assert settings.instagram_api_url == "http://127.0.0.1:8001/instagram/v25.0"
    assert settings.trusted_origins == {"http://127.0.0.1:8001"}


def test_a_relative_database_path_does_not_depend_on_who_reads_it(environ, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    settings = config.load(environ | {"DATABASE_URL": "sqlite:///desk.db"})

    assert settings.database_url == f"sqlite:///{tmp_path}/desk.db"


def test_repr_shows_no_secret(environ):
    settings = config.load(environ | {"REDIS_URL": "redis://:canary@cache/0", "DATABASE_URL": "sqlite:////x/canary.db"})

    assert "canary" not in repr(settings)
    assert KEYS["ENCRYPTION_KEYS"][:20] not in repr(settings)


def test_without_keys_load_says_so_and_makes_nothing(tmp_path):
    with pytest.raises(config.ConfigError, match="SECRET_KEY: is not set"):
        config.load({"DATA_DIR": str(tmp_path / "data")})

    assert list(tmp_path.iterdir()) == []


def test_made_keys_are_private_stay_and_are_read_by_everyone(tmp_path):
    config.ensure_keys(tmp_path)
    first = config.load({"DATA_DIR": str(tmp_path)})
    config.ensure_keys(tmp_path)
    second = config.load({"DATA_DIR": str(tmp_path)})

    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
    assert (first.secret_key, first.encryption_keys) == (second.secret_key, second.encryption_keys)
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_two_starts_at_once_end_with_the_same_keys(tmp_path):
    with ThreadPoolExecutor(8) as together:
        list(together.map(lambda _: config.ensure_keys(tmp_path), range(32)))

    assert config.load({"DATA_DIR": str(tmp_path)}).secret_key
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_a_given_key_goes_before_the_file(tmp_path):
    config.ensure_keys(tmp_path)

    settings = config.load({"DATA_DIR": str(tmp_path), "SECRET_KEY": KEYS["SECRET_KEY"]})

    assert settings.secret_key == KEYS["SECRET_KEY"]
    assert len(settings.encryption_keys) == 1


def test_the_embedded_server_is_found_as_soon_as_it_listens(environ, tmp_path):
    settings = config.load(environ)
    assert settings.redis_url_now() == ""

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "valkey.url").write_text("unix:///somewhere/valkey.sock\n")

    assert settings.redis_url_now() == "unix:///somewhere/valkey.sock"
    assert config.load(environ | {"REDIS_URL": "redis://cache/1"}).redis_url_now() == "redis://cache/1"


def test_settings_need_nothing_but_python():
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import config; config.env_example()"

    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def test_the_example_file_is_what_the_code_says():
    assert (ROOT / ".env.example").read_text() == config.env_example()


def test_the_readme_has_the_table_of_settings():
    readme = ROOT / "README.md"

    assert not readme.exists() or config.markdown_table() in readme.read_text()
