"""A program for tests/jobs/test_nursery.py: it says what it was given, and does as it was told."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import time
from pathlib import Path


def main() -> int:
    atexit.register(print, "goodbye")
    print("app" in sys.modules, os.getsid(0) == os.getpid(), os.environ["LODGER"], *sys.argv)
    print(Path("/proc/self/cmdline").read_text().strip("\0 ").replace("\0", " "))
    print("in trouble", file=sys.stderr)
    if "fall" in sys.argv:
        raise ValueError("fallen")
    if "wait" in sys.argv:
        time.sleep(60)
    if "--bind" in sys.argv:
        print(socket.socket(fileno=int(sys.argv[-1].removeprefix("fd://"))).getsockname()[1])
    return 3
