"""What must be done before the site is served: the database at its newest form, and on the first run the demo firm and its people."""

from __future__ import annotations

import sys

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from app.lib.db import db
from app.settings import ROOT, WrongSetting


def main() -> int:
    try:
        app = create_app()
        with app.app_context():
            migrate(app)
            seed(app)
    except WrongSetting as error:
        print(f"A setting is wrong: {error}")
        return 2
    except SQLAlchemyError as error:
        print(f"The database cannot be used: {str(error).splitlines()[0]}")
        return 1
    return 0


def migrate(app: Flask) -> None:
    if not (ROOT / "migrations" / "env.py").exists():
        db.create_all()
        return
    # Alembic takes more than half a second to load.
    from flask_migrate import upgrade  # noqa: PLC0415 - only when there is something to migrate

    upgrade()


def seed(app: Flask) -> None:
    return None


if __name__ == "__main__":
    sys.exit(main())
