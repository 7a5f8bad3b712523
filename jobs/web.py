"""The web: gunicorn serves the app as its words say; the same as `python -m gunicorn`."""

from __future__ import annotations

import sys

from gunicorn.app.wsgiapp import run


def main() -> int:
    sys.argv[0] = "gunicorn"
    run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
