"""bin/check: lint, types, walls, templates, styles, content. Each says ok or shows what it found; `--write` mends what a tool can mend."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NPX = ("npm", "exec", "--yes", "--", "@biomejs/biome@2.6.8")  # from npm, where there is node
CODE = ("app", "jobs", "tests", "wsgi.py", "bin/run")

EXPORT = ("export", "--quiet", "--frozen", "--no-header", "--no-annotate", "--no-emit-project", "--extra", "postgres")
EXPORTS = {"requirements.txt": (*EXPORT, "--no-dev"), "requirements-dev.txt": (*EXPORT, "--group", "dev")}


@dataclass(frozen=True)
class Check:
    """One tool: what it checks, its command, the command that mends, what it looks at, and how one learns whether it can be had here."""

    name: str
    command: Sequence[str]
    mend: Sequence[str] = ()
    needs: Path = ROOT
    probe: Sequence[str] = ()


def uv() -> str | None:
    """uv: on PATH, or the private one that bin/run made, or one in this environment."""
    private = [ROOT / ".uv" / "bin" / "uv", Path(sys.executable).parent / "uv"]
    return shutil.which("uv") or next((str(path) for path in private if path.exists()), None)


def python(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]


CHECKS = (
    Check("lint", python("ruff", "check", "--quiet", *CODE), python("ruff", "check", "--fix", "--quiet", *CODE)),
    Check("format", python("ruff", "format", "--check", "--quiet", *CODE), python("ruff", "format", "--quiet", *CODE)),
    Check("types", python("mypy", "app", "jobs")),
    Check("floors", [str(Path(sys.executable).parent / "lint-imports"), "--no-logo"]),
    Check("walls", python("pytest", "-q", "-p", "no:cacheprovider", "tests/walls")),
    Check("templates", python("djlint", "--lint", "--quiet", "templates"), needs=ROOT / "templates"),
    Check("content", python("flask", "--app", "wsgi", "content", "check"), needs=ROOT / "app" / "help"),
    Check("styles and scripts", [*NPX, "ci", "--colors=off", "--error-on-warnings", "static"], probe=[*NPX, "--version"]),
)


@dataclass(frozen=True)
class Outcome:
    check: Check
    code: int
    words: str
    seconds: float


def quietly(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def run(check: Check) -> Outcome:
    began = time.monotonic()
    if not check.needs.exists() or shutil.which(check.command[0]) is None or (check.probe and quietly(check.probe).returncode):
        return Outcome(check, 0, "", -1.0)
    done = quietly(check.command)
    return Outcome(check, done.returncode, done.stdout + done.stderr, time.monotonic() - began)


def tell(outcome: Outcome) -> bool:
    """Print the outcome; True when all is well."""
    well = outcome.code == 0
    word = "left out: not on this machine" if outcome.seconds < 0 else f"{'ok' if well else 'FAILED'}  {outcome.seconds:.1f} s"
    print(f"{outcome.check.name:<20}{word}", flush=True)
    if not well:
        print(outcome.words.rstrip(), flush=True)
    return well


def mend() -> None:
    for check in CHECKS:
        if check.mend:
            subprocess.run(check.mend, cwd=ROOT, check=False)
    subprocess.run(python("tests.documents"), cwd=ROOT, check=False)
    program = uv()
    for name, words in EXPORTS.items():
        if program is not None:
            subprocess.run([program, *words, "-o", name], cwd=ROOT, check=False)


def main(words: list[str]) -> int:
    """`bin/check [--write] [name …]`: all checks, or those named."""
    if "--write" in words:
        mend()
    names = [word for word in words if not word.startswith("-")]
    chosen = [check for check in CHECKS if not names or check.name in names]
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = [tell(outcome) for outcome in pool.map(run, chosen)]
    failed = results.count(False)
    print(f"{len(results) - failed} of {len(results)} checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
