"""create_app: settings, extensions, the slices mounted in floor order, one commit per request. Nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from flask import Flask, Response
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app import settings as all_settings
from app.lib import (
    access,
    addresses,
    assets,
    dates,
    db,
    errors,
    health,
    jobs,
    limits,
    live,
    logs,
    migrations,
    numbers,
    page,
    pagecache,
    phones,
    security,
    slots,
    uploads,
)
from app.lib import mail as mail  # Their tables belong to every installation,
from app.lib import sms as sms  # whoever uses them.

FLOORS: tuple[tuple[str, ...], ...] = (
    ("accounts", "hours", "business"),
    ("notifications",),
    ("checkout", "calls", "help", "status", "community", "conversations"),
    ("consults", "chat", "tickets"),
    ("contact", "mailroom", "bot", "integrations"),
    ("inbox", "marketing", "analytics"),
)
PLUGS = "app.integrations"
FILES = ("models", "events", "live", "listeners", "furniture", "routes", "commands")

csrf = CSRFProtect()


class Site(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view and no hook of ours is async: asking each of them at every request costs a tenth of a small page."""
        return func


def create_app(**overrides: Any) -> Flask:
    """The whole site as a WSGI app. `overrides` replace settings, as tests do. Raises WrongSetting for a value that cannot work."""
    settings = all_settings.read(**overrides)
    app = Site(__name__, template_folder="../templates", static_folder="../static", instance_path=str(settings.instance.resolve()))
    configure(app, settings)
    for tool in (logs, numbers, phones, addresses, dates, security, db, migrations, jobs, limits, assets, health, errors, uploads, live):
        tool.init_app(app)
    protect_forms(app)
    for module in modules():
        plug_in(app, module)
    slots.init_app(app)
    page.init_app(app)
    access.init_app(app)
    app.after_request(settle)
    pagecache.init_app(app)
    return app


def configure(app: Flask, settings: all_settings.Settings) -> None:
    settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=all_settings.secret_key(settings),
        SQLALCHEMY_DATABASE_URI=all_settings.database_url(settings),
        SESSION_COOKIE_NAME="fd_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=settings.session_days * 86400,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=(settings.max_upload_mb + 1) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=200,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=0)  # type: ignore[method-assign]


def protect_forms(app: Flask) -> None:
    csrf.init_app(app)

    @app.before_request
    def check_token() -> None:
        if app.config["WTF_CSRF_ENABLED"] and not getattr(security.view(), "_from_anywhere", False):
            csrf.protect()


def modules() -> Iterator[ModuleType]:
    """What the slices have, imported floor by floor, in the order a slice is read.

    The plugs under integrations/ are folders of the same shape, and come before what they share.
    """
    for package in (f"app.{name}" for floor in FLOORS for name in floor):
        for folder in (*plugs(package), package):
            for file in FILES:
                if find_spec(folder) and find_spec(f"{folder}.{file}"):
                    yield import_module(f"{folder}.{file}")


def plugs(package: str) -> list[str]:
    """The folders inside integrations/: each is mounted as a slice is, so that a plug is a folder one can copy."""
    if package != PLUGS or not find_spec(package):
        return []
    return [f"{package}.{found.name}" for found in iter_modules(import_module(package).__path__) if found.ispkg]


def plug_in(app: Flask, module: ModuleType) -> None:
    """Give the app the blueprints and commands of a module."""
    for blueprint in getattr(module, "blueprints", ()) or ((module.bp,) if hasattr(module, "bp") else ()):
        app.register_blueprint(blueprint)
    for command in getattr(module, "commands", ()):
        app.cli.add_command(command)
    if hasattr(module, "init_app"):
        module.init_app(app)


def settle(response: Response) -> Response:
    """The one commit of a request: its work stands when the answer is no error, and is undone otherwise."""
    db.commit() if response.status_code < 400 else db.roll_back()
    return response
