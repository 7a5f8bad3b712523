"""From the files to the catalogue and the search index: only what changed is read again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from app.help import faqs, history, reading
from app.help.catalog import Catalog
from app.help.links import led
from app.help.models.articles import Article, Category, Faq
from app.help.places import Mount, address, files, fresh, humanised, links_out, mounts, own_categories
from app.lib import content
from app.lib.content import Problem
from app.lib.search import Document, Index, similar

REBUILD_SHARE = 0.1
MOST_SINGLE = 40
RELATED = {"kind": ("article",), "audience": ("public",)}
LOOKED_AT, MOST_RELATED = 10, 5
ASKED_TOO = {"kind": ("faq",), "audience": ("public",)}


def stamps() -> dict[str, tuple[int, int]]:
    """Time of change and size of every file the catalogue depends on: what tells that something is new."""
    found = {f"{mount.name}/{inside}": (changed, size) for mount in mounts() for _, inside, changed, size in files(mount)}
    for path in [*content.files("faq"), content.root() / "help" / "categories.toml", content.root() / "OWNERS"]:
        if path.is_file():
            status = path.stat()
            found[str(path)] = (status.st_mtime_ns, status.st_size)
    return found


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without the collector of reference cycles: it would walk again and again through words that all stay, a tenth of a full build."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@undisturbed()
def compiled(old: Catalog, index: Index, with_git: bool = True, with_related: bool = True) -> Catalog:
    """The catalogue of today's files. Unchanged files keep what `old` knew; the index follows."""
    today, commits = stamps(), heads() if with_git else {}
    if old.version and today == old.stamps and commits == old.heads and index.stamp == old.version:
        return old
    new = Catalog(stamps=today, heads=commits)
    drafts = read_changed(old, new)
    new.topics, new.faqs, faq_problems = faqs.read_all()
    new.problems += faq_problems
    new.categories = shelves(new)
    histories = {mount.name: history.history_of(mount.folder) if with_git else history.History() for mount in mounts()}
    new.articles = sorted((with_history(article, histories) for article in new.articles), key=reading_order(new))
    new.redirects = redirects(new, histories)
    new.faqs = [replace(faq, html=led(faq.html, faq.path, new)) for faq in new.faqs]
    new.version = version_of(new)
    follow(index, old, new, drafts)
    new.also = related(index, old, new, drafts) if with_related else {}
    return new


def heads() -> dict[str, str]:
    return {mount.name: history.head_of(mount.folder) for mount in mounts()}


def read_changed(old: Catalog, new: Catalog) -> dict[str, reading.Draft]:
    """Fill articles and problems of `new`; gives the drafts that were read now, by article id."""
    owners = str(content.root() / "OWNERS")
    known = old.by_path if old.stamps.get(owners) == new.stamps.get(owners) else {}
    complaints = by_path(old.problems)
    drafts: dict[str, reading.Draft] = {}
    ids: set[str] = set()
    taken: set[str] = set()
    for mount in mounts():
        new.problems += [Problem(content.shown(path), 1, LEADS_OUT) for path in links_out(mount)]
        for path, inside, changed, size in files(mount):
            name = f"{mount.name}/{inside}"
            article = known.get(name)
            draft = None
            if article is None or old.stamps.get(name) != (changed, size) or article.file != str(path):
                draft, problems = reading.read(mount, path, inside, size)
                article = draft.article if draft else None
            else:
                problems = complaints.get(content.shown(path), [])
            new.problems += problems
            if article is not None:
                article = settled(article, ids, taken, new.problems)
                new.articles.append(article)
                if draft:
                    draft.article = article
                    drafts[article.id] = draft
    return drafts


LEADS_OUT = "This is a link to a file outside of its tree, or to a hidden one: it is left out. Put a copy here."


def by_path(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        if not problem.message.startswith(TWICE):
            found.setdefault(problem.path, []).append(problem)
    return found


TWICE = ("The id ", "The address ")


def settled(article: Article, ids: set[str], taken: set[str], problems: list[Problem]) -> Article:
    """The article with an id and an address of its own; the second to claim one is told."""
    where = content.shown(Path(article.file))
    if article.id in ids:
        problems.append(Problem(where, 1, f"{TWICE[0]}`{article.id}` is already used by another article."))
    if f"{article.category}/{article.slug}" in taken:
        problems.append(Problem(where, 1, f"{TWICE[1]}/help/{article.category}/{article.slug} is already taken by another file."))
    address = fresh(f"{article.category}/{article.slug}", taken)
    return replace(article, id=fresh(article.id, ids), slug=address.removeprefix(f"{article.category}/"))


def shelves(catalog: Catalog) -> list[Category]:
    """The categories of categories.toml, then a shelf for every folder and mount it does not name."""
    known = {category.slug: category for category in own_categories()}
    extra = dict.fromkeys(article.category for article in catalog.articles if article.category not in known)
    return [*known.values(), *(Category(slug, humanised(slug), order=1000) for slug in extra)]


def reading_order(catalog: Catalog) -> Callable[[Article], tuple[int, int, str, str]]:
    shelf = {category.slug: number for number, category in enumerate(catalog.categories)}
    return lambda article: (shelf[article.category], article.order, article.title.lower(), article.id)


def with_history(article: Article, histories: dict[str, history.History]) -> Article:
    mount, _, inside = article.path.partition("/")
    known = histories[mount].changes.get(inside)
    return replace(article, changes=tuple(known)) if known else article


def redirects(catalog: Catalog, histories: dict[str, history.History]) -> dict[str, str]:
    """Old address -> article id: what editors list as aliases, then what git saw moving. Never over a living page."""
    living = {f"{article.category}/{article.slug}" for article in catalog.articles}
    found: dict[str, str] = {}
    for mount in mounts():
        for old, now in histories[mount.name].moved.items():
            article = catalog.by_path.get(f"{mount.name}/{now}")
            if article:
                found["/".join(address(mount, old))] = article.id
    for article in catalog.articles:
        for alias in article.aliases:
            found[alias.strip("/").removeprefix("help/")] = article.id
    return {old: name for old, name in found.items() if old not in living}


def version_of(catalog: Catalog) -> str:
    return sha256(repr((sorted(catalog.stamps.items()), sorted(catalog.heads.items()))).encode()).hexdigest()[:16]


# The index


def document_of(draft: reading.Draft) -> Document:
    """What the search needs of an article."""
    article = draft.article
    return Document(
        key=f"help:{article.id}",
        title=article.title,
        url=article.url,
        text=draft.text,
        summary=article.description,
        headings=tuple((anchor, title) for level, anchor, title in article.headings if 1 < level < 4),
        questions=article.answers,
        keywords=(*article.keywords, *draft.other_titles),
        facets={
            "kind": ("article",),
            "category": (article.category,),
            "audience": (article.audience if article.status == "published" else article.status,),
            "profession": article.professions,
        },
        boost=article.boost * (1.05 if article.pinned else 1.0),
        data={"path": article.path, "category": article.category},
    )


def faq_document(faq: Faq) -> Document:
    return Document(
        key=f"faq:{faq.id}",
        title=faq.question,
        url=faq.url,
        text=faq.passages()[0].text,
        questions=faq.ask,
        facets={"kind": ("faq",), "category": (f"faq-{faq.topic}",), "audience": (faq.audience,)},
        data={"path": faq.path, "category": faq.topic},
    )


def follow(index: Index, old: Catalog, new: Catalog, drafts: dict[str, reading.Draft]) -> None:
    """Bring the index to the new catalogue: a few documents one by one, many at once."""
    gone = [f"help:{name}" for name in old.by_id.keys() - new.by_id.keys()]
    gone += [f"faq:{name}" for name in old.faq_by_id.keys() - new.faq_by_id.keys()]
    faqs_changed = [faq for faq in new.faqs if old.faq_by_id.get(faq.id) != faq]
    many = len(drafts) + len(gone) > max(MOST_SINGLE, REBUILD_SHARE * len(new.articles))
    if many or index.stamp != old.version or not old.version:
        index.rebuild(everything(new, drafts), stamp=new.version)
        return
    if gone:
        index.remove(*gone)
    changed = [document_of(draft) for draft in drafts.values()] + [faq_document(faq) for faq in faqs_changed]
    index.update(*changed, stamp=new.version)


def everything(catalog: Catalog, drafts: dict[str, reading.Draft]) -> Iterable[Document]:
    """All documents; articles that were not read now are read for this."""
    places = {mount.name: mount for mount in mounts()}
    for article in catalog.articles:
        draft = drafts.get(article.id) or again(places[article.mount], article)
        if draft:
            yield document_of(draft)
    yield from map(faq_document, catalog.faqs)


def again(mount: Mount, article: Article) -> reading.Draft | None:
    path = Path(article.file)
    inside = article.path.partition("/")[2]
    draft, _ = reading.read(mount, path, inside, path.stat().st_size) if path.is_file() else (None, [])
    if draft:
        draft.article = article
    return draft


def related(index: Index, old: Catalog, new: Catalog, drafts: dict[str, reading.Draft]) -> dict[str, list[str]]:
    """Up to five ids near each article and each question: a search for its most telling words. What is unchanged keeps its own."""
    index.refresh()
    found = {name: ids for name, ids in old.also.items() if name in new.by_id and name not in drafts}
    for faq in new.faqs:
        key, known = f"faq:{faq.id}", old.also.get(f"faq:{faq.id}")
        if known is None or old.faq_by_id.get(faq.id) != faq:
            keys = similar(index, key, faq.question, faq.passages()[0].text, require=ASKED_TOO)
            known = [one.removeprefix("faq:") for one in keys]
        found[key] = known
    for name, draft in drafts.items():
        keys = similar(index, f"help:{name}", draft.article.title, draft.text, limit=LOOKED_AT, require=RELATED)
        found[name] = distinct(draft.article, filter(None, (new.by_id.get(key.removeprefix("help:")) for key in keys)))
    return found


def distinct(article: Article, near: Iterable[Article]) -> list[str]:
    """The ids of the first five whose titles differ from this one's and from each other's: a tree may hold a text once for each version."""
    by_title = {article.title.casefold(): ""}
    for one in near:
        by_title.setdefault(one.title.casefold(), one.id)
    return [name for name in by_title.values() if name][:MOST_RELATED]
