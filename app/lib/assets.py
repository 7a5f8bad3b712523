"""Assets: every static file at an address that names its content, so that a browser may keep it for a year.

`asset("img/plan.svg")` gives `/assets/<tag>/img/plan.svg`. The tag is the hash of the file; for scripts it is one hash of the whole
js tree, so that relative imports between modules stay inside one version and no import map is needed.
`css/site.css` and `css/desk.css` are bundles: the files of static/css joined in layer order. What only one slice's pages need stands in
`css/pages/<slice>.css` (and `<slice>-*.css`), and is linked on those pages alone.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from flask import Flask, Response, abort, current_app, request

from app.lib.access import public

ORDER = ("layers", "tokens", "reset", "base", "layout")
BUNDLES: dict[str, tuple[str, ...]] = {  # bundle: prefixes of parts left out
    "css/site.css": ("desk",),
    "css/desk.css": ("site",),
    "css/checkout.css": ("desk", "site", "help", "article", "code", "footer"),
}
SMALL = 1024
TEXT = {".css", ".js", ".svg", ".json", ".txt", ".webmanifest", ".vtt"}
FOREVER = "public, max-age=31536000, immutable"
PAGES = re.compile(r"css/pages/([\w-]+)\.css")
URL = re.compile(r"""url\(\s*["']?(?!data:|https?:|/|#)([^"')]+)["']?\s*\)""")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
BLANKS = re.compile(r"\s+")

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/vtt", ".vtt")

_more_css: list[Callable[[], str]] = []


def add_css(words: Callable[[], str]) -> None:
    """Let `words` write more rules at the end of each bundle, for example the firm's colours. Asked again when assets are re-read."""
    if words not in _more_css:
        _more_css.append(words)


@dataclass(frozen=True)
class Asset:
    """One static file or bundle as it is served: its bytes, and the tag in its address."""

    path: str
    body: bytes
    tag: str

    @property
    def mimetype(self) -> str:
        return mimetypes.guess_type(self.path)[0] or "application/octet-stream"

    @cached_property
    def squeezed(self) -> bytes | None:
        """The body gzipped (RFC 1952), when that makes it smaller."""
        if PurePosixPath(self.path).suffix not in TEXT or len(self.body) < SMALL:
            return None
        return gzip.compress(self.body, 9, mtime=0)


class Shelf:
    """All assets under one folder. With `watch` each is read again when a file under the folder changed, else once.

    `every` is how many seconds a look at the files is good for: a page names some twenty assets, and half of them are whole trees.
    """

    def __init__(self, folder: Path, prefix: str = "/assets", watch: bool = False, every: float = 0) -> None:
        self.folder, self.prefix, self.watch, self.every = folder.resolve(), prefix, watch, every
        self.found: dict[str, tuple[object, Asset]] = {}
        self.looked: dict[str, float] = {}

    def url(self, path: str) -> str:
        """The address of `path`. Raises FileNotFoundError for a file that is not there: a dead link is a mistake in a template."""
        return f"{self.prefix}/{self.get(path).tag}/{path}"

    def get(self, path: str) -> Asset:
        """The asset at `path`, relative to the folder. Raises FileNotFoundError."""
        known = self.found.get(path)
        if known and self.is_fresh(path):
            return known[1]
        stamp = self.stamp(path)
        # Before `found`: a thread that finds it asks when it was looked at.
        self.looked[path] = time.monotonic()
        if known is None or known[0] != stamp:
            known = self.found[path] = (stamp, self.read(path))
        return known[1]

    def sheet_of(self, package: str) -> str | None:
        """The address of this slice's own sheet; None, which is asked for as often, when it has none."""
        path = f"css/pages/{package}.css"
        if path in self.looked and path not in self.found and self.is_fresh(path):
            return None
        try:
            return self.url(path)
        except FileNotFoundError:
            self.looked[path] = time.monotonic()
            return None

    def is_fresh(self, path: str) -> bool:
        """Whether what we know of this path need not be looked at again yet."""
        return not self.watch or time.monotonic() - self.looked[path] < self.every

    def read(self, path: str) -> Asset:
        body = self.bundle(path) if is_bundle(path) else self.file(path).read_bytes()
        return Asset(path, body, self.tree_tag() if path.startswith("js/") else tag_of(body))

    def stamp(self, path: str) -> object:
        if is_bundle(path):
            return [(str(file), file.stat().st_mtime_ns) for file in self.css_files(path)], [words() for words in _more_css]
        if path.startswith("js/"):
            return [(str(file), file.stat().st_mtime_ns) for file in self.js_files()]
        return self.file(path).stat().st_mtime_ns

    def file(self, path: str) -> Path:
        found = (self.folder / path).resolve()
        if not found.is_relative_to(self.folder) or not found.is_file():
            raise FileNotFoundError(path)
        return found

    def js_files(self) -> list[Path]:
        return sorted((self.folder / "js").rglob("*.js"))

    def tree_tag(self) -> str:
        return tag_of(b"\0".join(file.name.encode() + b"\0" + file.read_bytes() for file in self.js_files()))

    def css_files(self, bundle: str) -> list[Path]:
        """The files of a bundle in layer order: the ground, the parts by name, the utilities. Or those of one slice's pages."""
        css = self.folder / "css"
        if page := PAGES.fullmatch(bundle):
            return [self.file(bundle), *sorted((css / "pages").glob(f"{page[1]}-*.css"))]
        leave_out = BUNDLES[bundle]
        parts = [file for file in sorted((css / "parts").glob("*.css")) if not file.name.startswith(leave_out)]
        return [css / f"{name}.css" for name in ORDER] + parts + [css / "utilities.css"]

    def bundle(self, path: str) -> bytes:
        """The files of a bundle as one, comments and spare blanks left out, addresses made to name their content."""
        joined = [self.css_with_urls(file) for file in self.css_files(path)]
        more = [words() for words in _more_css] if path in BUNDLES else []
        return squeezed_css("\n".join(joined + more)).encode()

    def css_with_urls(self, file: Path) -> str:
        def address(match: re.Match[str]) -> str:
            target = (file.parent / match[1]).resolve().relative_to(self.folder)
            return f'url("{self.url(target.as_posix())}")'

        return URL.sub(address, file.read_text(encoding="utf-8"))


def is_bundle(path: str) -> bool:
    return path in BUNDLES or PAGES.fullmatch(path) is not None


def tag_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]


def squeezed_css(text: str) -> str:
    text = BLANKS.sub(" ", COMMENT.sub("", text))
    return re.sub(r"\s*([{};,])\s*", r"\1", text).replace(";}", "}").strip()


def shelf() -> Shelf:
    found: Shelf = current_app.extensions["assets"]
    return found


def asset(path: str) -> str:
    """Template global: the address of a static file or bundle."""
    return shelf().url(path)


def page_css() -> str | None:
    """Template global: the address of the style sheet for the pages of the slice that answers, when it has one."""
    view = current_app.view_functions.get(request.endpoint or "") if request else None
    package = getattr(view, "__module__", "").split(".")
    return shelf().sheet_of(package[1]) if package[:1] == ["app"] and len(package) > 2 else None


@public
def serve(tag: str, path: str) -> Response:
    """GET /assets/<tag>/<path>. A stale tag gets today's file, but nobody may keep it: an old page still looks right."""
    try:
        found = shelf().get(path)
    except FileNotFoundError:
        abort(404)
    response = Response(found.body, mimetype=found.mimetype)
    if found.squeezed is not None:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip") > 0:
            response.set_data(found.squeezed)
            response.content_encoding = "gzip"
    response.cache_control.max_age = 0
    response.headers["Cache-Control"] = FOREVER if tag == found.tag else "no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def init_app(app: Flask) -> None:
    """Serve the static folder under /assets and give templates `asset`."""
    settings = app.config.get("SETTINGS")
    watch = settings is None or settings.env == "development"
    app.extensions["assets"] = Shelf(Path(app.static_folder or "static"), watch=watch, every=1)
    app.add_url_rule("/assets/<tag>/<path:path>", endpoint="assets", view_func=serve)
    app.jinja_env.globals.update(asset=asset, page_css=page_css)
