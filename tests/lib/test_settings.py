"""Settings: a wrong value stops the start and is named."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app import create_app, settings
from app.settings import Settings, WrongSetting, read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FRONTDESK_ENV", "staging"),
        ("FRONTDESK_BASE_URL", "desk.example"),
        ("FRONTDESK_BASE_URL", "javascript:alert(1)"),
        ("FRONTDESK_TRUSTED_PROXIES", "two"),
        ("FRONTDESK_LOG_JSON", "perhaps"),
        ("FRONTDESK_LOG_LEVEL", "LOUD"),
        ("FRONTDESK_ARGON2_PROFILE", "none"),
        ("DATABASE_URL", "mysql://localhost/frontdesk"),
        ("REDIS_URL", "http://localhost"),
        ("FRONTDESK_SMTP_URL", "localhost:25"),
        ("FRONTDESK_SMPT_URL", "smtp://typo.example"),
        ("FRONTDESK_SMTP_URL", "smtp://host:abc"),
        ("FRONTDESK_SMTP_URL", "smtp://"),
        ("FRONTDESK_SMS_URL", "ftp://sms.example"),
        ("FRONTDESK_CLAMD_URL", "http://clamd:3310"),
        ("FRONTDESK_MAX_UPLOAD_MB", "-1"),
        ("FRONTDESK_SESSION_DAYS", "0"),
        ("FRONTDESK_TRUSTED_PROXIES", "-1"),
        ("FRONTDESK_LIVE_SOCKETS", "-5"),
        ("FRONTDESK_CHAT_LETTER_MINUTES", "-1"),
        ("FRONTDESK_CRM_LEAVE_OUT", "adress,wordz"),
        ("FRONTDESK_CONTENT_DIR", "/no/such/folder"),
        ("FRONTDESK_HELP_MOUNTS", "/tmp:/no/such/folder"),
    ],
)
def test_a_wrong_value_is_refused_and_named(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        read({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite:///some.db"),
        ("DATABASE_URL", "postgresql:///frontdesk?host=/var/run/postgresql"),
        ("REDIS_URL", "redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("FRONTDESK_SMTP_URL", "smtp://user:p%40ss@mail.example:587"),
        ("FRONTDESK_CRM_LEAVE_OUT", "email, words"),
        ("FRONTDESK_CHAT_LETTER_MINUTES", "0"),
        ("FRONTDESK_CLAMD_URL", "unix:///run/clamd.sock"),
    ],
)
def test_a_right_value_is_taken(name: str, value: str) -> None:
    assert value in {str(found) for found in vars(read({name: value})).values()}


@pytest.mark.parametrize("gateway", ["strype", "stripe", "spiffy"])
def test_a_gateway_that_is_not_there_is_refused(gateway: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="FRONTDESK_GATEWAY"):
        create_app(gateway=gateway, env="test", instance_dir=str(tmp_path))


def test_production_refuses_a_demo_or_short_secret_and_plain_http() -> None:
    safe = {"FRONTDESK_ENV": "production", "FRONTDESK_BASE_URL": "https://desk.example"}
    for bad in ("short", "demo-secret-that-is-long-enough-to-pass"):
        with pytest.raises(WrongSetting, match="FRONTDESK_SECRET_KEY"):
            read({**safe, "FRONTDESK_SECRET_KEY": bad})
    with pytest.raises(WrongSetting, match="FRONTDESK_BASE_URL"):
        read({**safe, "FRONTDESK_BASE_URL": "http://desk.example"})
    with pytest.raises(WrongSetting, match="FRONTDESK_ARGON2_PROFILE"):
        read({**safe, "FRONTDESK_ARGON2_PROFILE": "tiny"})
    assert read(safe).production


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    ours = Settings(instance_dir=str(tmp_path / "instance"))
    first = settings.secret_key(ours)
    assert len(first) >= 43 and settings.secret_key(ours) == first
    assert stat.S_IMODE((tmp_path / "instance" / "secret_key").stat().st_mode) == 0o600


def test_the_site_answers_to_its_own_names_only() -> None:
    live = read(
        {"FRONTDESK_ENV": "production", "FRONTDESK_BASE_URL": "https://desk.example", "FRONTDESK_ALLOWED_HOSTS": "a.example, b.example"}
    )
    assert live.hosts == {"desk.example", "a.example", "b.example"}
    assert "localhost" in read({}).hosts


def test_a_postgres_url_gets_its_driver() -> None:
    assert settings.database_url(read({"DATABASE_URL": "postgres://u:p@db/x"})) == "postgresql+psycopg://u:p@db/x"


def test_every_setting_says_in_a_sentence_what_it_does() -> None:
    for item in settings.fields(Settings):
        about = item.metadata["about"]
        assert about.endswith(".") and len(about) > 20, item.name
