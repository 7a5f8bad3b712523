"""Every setting: name, type, default, one sentence. Read from the environment once, at start."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}
PLAIN_NAMES = {"DATABASE_URL", "REDIS_URL"}
ENVS = ("development", "production", "test")
WEB = ("https", "http")
DATABASES = ("sqlite", "postgresql", "postgresql+psycopg", "postgres")
REDIS = ("redis", "rediss", "unix")
# Their addresses may do without a host.
AT_HOME = {*DATABASES, *REDIS}
FIELDS = ("name", "email", "phone", "profession", "page", "subject", "words", "files")


class WrongSetting(RuntimeError):
    """A setting has a value the app cannot work with; the message names the setting and says what would do."""


def setting(default: Any, about: str, **limits: Any) -> Any:
    """`limits` are `least` and `most`, `one_of` (words), `some_of` (words with a comma between), `schemes` (of an address) or `folders`."""
    return field(default=default, metadata={"about": about, **limits})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The whole configuration. Each field is read from FRONTDESK_<NAME>; DATABASE_URL and REDIS_URL keep their usual names."""

    env: str = setting("development", "development, production or test; production refuses demo secrets and insecure cookies.", one_of=ENVS)
    secret_key: str = setting("", "Signs cookies and links; made on the first run in instance/secret_key when empty.")
    old_secret_keys: str = setting("", "Former secret keys, comma-separated: still accepted, no longer used for signing.")
    instance_dir: str = setting(str(ROOT / "instance"), "Where the database, uploads, secrets and caches of this installation live.")
    content_dir: str = setting(str(ROOT / "content"), "The folder of markdown and TOML that editors commit to.", folders=True)
    help_mounts: str = setting("", "More folders of markdown to mount into the help center, separated by colons.", folders=True)
    database_url: str = setting("", "SQLAlchemy URL; empty means SQLite in the instance folder.", schemes=DATABASES)
    redis_url: str = setting("", "Redis or Valkey for nudges, live frames and limits; without it the ticker does the work.", schemes=REDIS)
    base_url: str = setting("http://127.0.0.1:8000", "The address people use; letters and webhooks link to it.")
    allowed_hosts: str = setting("", "Further host names the site answers to, comma-separated; the host of base_url always counts.")
    trusted_proxies: int = setting(0, "How many reverse proxies in front set X-Forwarded-For and X-Forwarded-Proto.", least=0, most=20)
    smtp_url: str = setting(
        "", "smtp://user:password@host:587 or smtps://…; empty keeps letters in the outbox page.", schemes=("smtp", "smtps")
    )
    mail_from: str = setting("", "The sender of letters, for example Northlight <hello@northlight.example>; empty takes the firm's.")
    mail_reply_to: str = setting("", "Where answers to letters come to, by plus-address (support+mark@…); empty takes the sender's.")
    mail_acknowledge: bool = setting(True, "Say by letter that a message has arrived, with its number and when to expect an answer.")
    mail_in_secret: str = setting("", "Signs the mail that a provider posts to /webhooks/mail; empty closes the door.")
    mail_listen: str = setting(
        "", "lmtp://127.0.0.1:8024 or smtp://…: take mail there from a mail server nearby; empty listens nowhere.", schemes=("lmtp", "smtp")
    )
    mail_dkim_key: str = setting("", "A file with the private key (PEM) that signs our letters (DKIM); empty signs none.")
    mail_dkim_selector: str = setting("frontdesk", "The selector of the DNS record with its public half: <selector>._domainkey.<domain>.")
    mail_per_hour: int = setting(20, "Most automatic letters to one address in an hour; more wait. 0 sets no limit.", least=0, most=100_000)
    mail_auth_server: str = setting("", "The name our own mail server writes into Authentication-Results; empty trusts no sender.")
    imap_url: str = setting(
        "", "imaps://user:password@host/INBOX to fetch mail from every minute; empty fetches none.", schemes=("imap", "imaps")
    )
    sms_url: str = setting("", "POST endpoint of an SMS provider; empty keeps messages in the outbox page.", schemes=WEB)
    metrics_token: str = setting("", "Bearer token for /metrics; empty closes the door.")
    log_level: str = setting("INFO", "DEBUG, INFO, WARNING or ERROR.", one_of=("DEBUG", "INFO", "WARNING", "ERROR"))
    log_json: bool = setting(False, "One JSON object a line instead of readable lines.")
    max_upload_mb: int = setting(10, "Largest file somebody may send, in megabytes.", least=1, most=1000)
    session_days: int = setting(30, "A sign-in ends after this many days without a visit.", least=1, most=3650)
    demo: bool = setting(True, "Show the demo log-ins on the sign-in page; off in production.")
    argon2_profile: str = setting("low", "low (RFC 9106 second recommendation, 64 MiB) or tiny (tests only).", one_of=("low", "tiny"))
    live_sockets: int = setting(
        20_000, "Most live sockets that one web process keeps open; more are answered 503 and poll.", least=1, most=1_000_000
    )
    live_sockets_per_address: int = setting(
        500, "Most live sockets from one network address; more are answered 429 and poll.", least=1, most=1_000_000
    )
    bot: bool = setting(True, "The bot answers chats first, as content/bot/bot.toml says; without it people do.")
    bot_llm_url: str = setting(
        "", "An OpenAI-compatible endpoint (https://host/v1) that words the bot's answers; empty asks none.", schemes=WEB
    )
    bot_llm_key: str = setting("", "The key of that endpoint.")
    bot_llm_model: str = setting("", "The name of the model there.")
    chat_seen_marks: bool = setting(True, "Visitors see when an agent has read their message.")
    chat_letter_minutes: int = setting(
        3, "A reply in chat that nobody is there to read goes by letter after this many minutes.", least=0, most=10_080
    )
    crm_webhook_url: str = setting(
        "", "Gets a signed POST with the transcript of every closed conversation; empty sends nothing.", schemes=WEB
    )
    crm_webhook_secret: str = setting("", "Signs the posts to crm_webhook_url (standard-webhooks: whsec_ and base64).")
    crm_leave_out: str = setting(
        "", "What transcripts to a CRM leave out: name, email, phone, profession, page, subject, words, files.", some_of=FIELDS
    )
    crm_sensitive_tags: str = setting("health", "Conversations with one of these tags go to a CRM without their words and files.")
    follow_up_hours: str = setting("1,24", "After how many hours somebody who left a checkout is written to, if they asked; empty never.")
    follow_up_sms: bool = setting(False, "Also one text message, for those who agreed in writing; needs sms_url.")
    gateway: str = setting("sandbox", "Which plug takes payments: sandbox (no money moves), stripe or spiffy.")
    stripe_secret_key: str = setting("", "Stripe's secret key (sk_live_… or sk_test_…); switches the Stripe plug on.")
    stripe_webhook_secret: str = setting("", "Signing secrets of the Stripe webhook endpoint (whsec_…), comma-separated while they rotate.")
    stripe_api_base: str = setting("", "Another address of Stripe's API, for tests and proxies.", schemes=WEB)
    spiffy_account: str = setting("", "The account's name before .spiffy.co; switches the Spiffy plug on.")
    spiffy_webhook_secret: str = setting("", "Signing secrets of Spiffy's webhook endpoint (whsec_…), comma-separated while they rotate.")
    spiffy_key: str = setting("", "Spiffy's API key: to look up orders whose message got lost or names none of ours.")
    spiffy_api: str = setting("https://api.spiffy.co", "Another address of Spiffy's API, for tests and proxies.", schemes=WEB)
    spiffy_checkouts: str = setting("", "Checkouts at Spiffy whose name is not that of the offer: offer=checkout, comma-separated.")
    spiffy_fields: str = setting(
        "", "Own fields at Spiffy whose ids are not profession, add_ons and payment: profession=its-id, comma-separated; no id: left out."
    )
    spiffy_amounts: str = setting(
        "dollars", "How Spiffy writes amounts: dollars or cents; a wrong one holds each payment for a person.", one_of=("dollars", "cents")
    )
    calendly_signing_keys: str = setting(
        "", "Signing keys of the Calendly webhook, comma-separated while they rotate; empty hears nothing."
    )
    calendly_token: str = setting("", "Calendly's personal access token: for the look at its list of bookings and at the webhook.")
    calendly_organization: str = setting(
        "", "The organization's address in Calendly's API (https://api.calendly.com/organizations/…).", schemes=WEB
    )
    calendly_api: str = setting("https://api.calendly.com", "Another address of Calendly's API, for tests and proxies.", schemes=WEB)
    calcom_secrets: str = setting("", "Secrets of the Cal.com webhook, comma-separated while they rotate; empty hears nothing.")
    calcom_key: str = setting("", "Cal.com's API key: for the look at its list of bookings.")
    calcom_site: str = setting(
        "https://app.cal.com", "Where Cal.com's pages and its embed script are; your own address when you host it.", schemes=WEB
    )
    calcom_api: str = setting("https://api.cal.com", "The address of Cal.com's API v2.", schemes=WEB)
    webhook_tolerance: int = setting(
        300, "How many seconds a booking provider's message may be old, or ahead of our clock.", least=30, most=3600
    )
    fetch_allow: str = setting(
        "",
        "Private networks that calendars, feeds and other addresses may lead to, such as 10.1.0.0/16,::1/128; public ones always may.",
    )
    push_hosts: str = setting("", "Further push services that agents' browsers may use, comma-separated host names.")
    clamd_url: str = setting("", "tcp://host:3310 of a clamd to scan uploads; empty scans nothing.", schemes=("tcp", "unix"))

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def https(self) -> bool:
        return urlsplit(self.base_url).scheme == "https"

    @property
    def instance(self) -> Path:
        return Path(self.instance_dir)

    @property
    def hosts(self) -> set[str]:
        own = urlsplit(self.base_url).hostname or "localhost"
        local = set() if self.production else {"localhost", "127.0.0.1", "[::1]"}
        return {own} | {name.strip() for name in self.allowed_hosts.split(",") if name.strip()} | local


def read(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings of this process. Raises WrongSetting, naming the variable, when a value makes no sense."""
    environ = os.environ if environ is None else environ
    values = {item.name: parsed(item, environ[name_of(item.name)]) for item in fields(Settings) if name_of(item.name) in environ}
    settings = Settings(**{**values, **overrides})
    check(settings, environ)
    return settings


def name_of(field_name: str) -> str:
    plain = field_name.upper()
    return plain if plain in PLAIN_NAMES else f"FRONTDESK_{plain}"


def parsed(item: Any, raw: str) -> Any:
    kind = type(item.default)
    if kind is bool:
        if raw.lower() in TRUE | FALSE:
            return raw.lower() in TRUE
        raise WrongSetting(f"{name_of(item.name)} must be yes or no, not {raw!r}.")
    if kind is int:
        try:
            return int(raw)
        except ValueError:
            raise WrongSetting(f"{name_of(item.name)} must be a whole number, not {raw!r}.") from None
    return raw


def check(settings: Settings, environ: Mapping[str, str]) -> None:
    known = {name_of(item.name) for item in fields(Settings)} | KNOWN_ELSEWHERE
    unknown = sorted(name for name in environ if name.startswith("FRONTDESK_") and name not in known)
    if unknown:
        raise WrongSetting(f"{unknown[0]} is not a setting of Frontdesk; see docs/running.md for the list.")
    for item in fields(Settings):
        check_limits(name_of(item.name), getattr(settings, item.name), item.metadata)
    if urlsplit(settings.base_url).scheme not in {"http", "https"} or not urlsplit(settings.base_url).hostname:
        raise WrongSetting(f"FRONTDESK_BASE_URL must be a web address such as https://desk.example, not {settings.base_url!r}.")
    check_hours(settings.follow_up_hours)
    if settings.crm_webhook_url and len(settings.crm_webhook_secret) < 16:
        raise WrongSetting("FRONTDESK_CRM_WEBHOOK_SECRET must have at least 16 characters: the receiver checks our posts with it.")
    check_mail(settings)
    check_networks(settings.fetch_allow)
    check_providers(settings)
    if settings.production:
        check_production(settings)


# Read by the launcher, the tests and the workers, not by the app.
KNOWN_ELSEWHERE = {"FRONTDESK_CHROMIUM", "FRONTDESK_SKIP_BROWSER", "FRONTDESK_TEST_DATABASE", "FRONTDESK_TEST_POSTGRES"}


def check_hours(value: str) -> None:
    try:
        hours = [float(part) for part in value.split(",") if part.strip()]
    except ValueError:
        hours = [-1.0]
    if any(not 0 < wait <= 72 for wait in hours) or len(hours) > 2:
        raise WrongSetting(f"FRONTDESK_FOLLOW_UP_HOURS must be one or two numbers of hours up to 72, such as 1,24, not {value!r}.")


def check_limits(name: str, value: Any, limits: Mapping[str, Any]) -> None:
    """What the field itself says about its value."""
    if "least" in limits and not limits["least"] <= value <= limits["most"]:
        raise WrongSetting(f"{name} must lie between {limits['least']} and {limits['most']}, not {value}.")
    if "one_of" in limits and value not in limits["one_of"]:
        raise WrongSetting(f"{name} must be one of {', '.join(limits['one_of'])}, not {value!r}.")
    for word in filter(None, (part.strip() for part in value.split(",")) if "some_of" in limits else ()):
        if word not in limits["some_of"]:
            raise WrongSetting(f"{name} takes {', '.join(limits['some_of'])}, but not {word!r}.")
    for folder in filter(None, value.split(":") if "folders" in limits else ()):
        if not Path(folder).is_dir():
            raise WrongSetting(f"{name} names a folder that is not there: {folder!r}.")
    if "schemes" in limits and value:
        check_url(value, name, limits["schemes"])


def check_url(value: str, name: str, schemes: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(value)
        # Reading a port that is no number raises.
        whole = parts.scheme in AT_HOME or (bool(parts.hostname) and (parts.port or 0) >= 0)
    except ValueError:
        whole = False
    if not whole or parts.scheme not in schemes:
        raise WrongSetting(
            f"{name} must be an address that starts with one of {', '.join(s + '://' for s in schemes)}, with a port in digits."
        )


def check_networks(value: str) -> None:
    try:
        for network in filter(None, (part.strip() for part in value.split(","))):
            ipaddress.ip_network(network)
    except ValueError:
        raise WrongSetting(f"FRONTDESK_FETCH_ALLOW must be networks such as 10.1.0.0/16 with a comma between, not {value!r}.") from None


def check_mail(settings: Settings) -> None:
    if settings.mail_dkim_key and not Path(settings.mail_dkim_key).is_file():
        raise WrongSetting(f"FRONTDESK_MAIL_DKIM_KEY names no file: {settings.mail_dkim_key!r}.")


def check_providers(settings: Settings) -> None:
    if bool(settings.calendly_token) != bool(settings.calendly_organization):
        raise WrongSetting("FRONTDESK_CALENDLY_TOKEN and FRONTDESK_CALENDLY_ORGANIZATION belong together: one of them is missing.")
    if settings.bot_llm_url and not settings.bot_llm_model:
        raise WrongSetting("FRONTDESK_BOT_LLM_MODEL is missing: which model shall answer at FRONTDESK_BOT_LLM_URL?")


def check_production(settings: Settings) -> None:
    if settings.secret_key and (len(settings.secret_key) < 32 or "demo" in settings.secret_key.lower()):
        raise WrongSetting("FRONTDESK_SECRET_KEY is a demo or a short key: production needs at least 32 random characters.")
    if settings.argon2_profile == "tiny":
        raise WrongSetting("FRONTDESK_ARGON2_PROFILE is tiny, which is for tests: production needs low.")
    if not settings.https:
        raise WrongSetting("FRONTDESK_BASE_URL must start with https:// in production.")


def secret_key(settings: Settings) -> str:
    """The given key, or the one of this installation: 43 random characters in instance/secret_key, mode 0600, made once."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.instance / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


def database_url(settings: Settings) -> str:
    """A SQLAlchemy URL; `postgres://` and `postgresql://` get the psycopg driver."""
    if not settings.database_url:
        return f"sqlite:///{settings.instance / 'frontdesk.db'}"
    scheme, _, rest = settings.database_url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else settings.database_url
