"""The editors' and operators' commands: `flask content …` and `flask search …`."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import click
from flask import current_app
from flask.cli import AppGroup

from app.help import lint
from app.help.catalog import Catalog
from app.help.compile import compiled
from app.help.library import library
from app.help.questions import asked_of_articles
from app.lib.content import checked
from app.lib.search import Index
from app.lib.search.evaluate import Labelled, Score, evaluate, mistyped, read_labelled

content = AppGroup("content", help="Check and compile what editors commit.")
search = AppGroup("search", help="Measure the search.")


@content.command("build")
def build() -> None:
    """Bring catalogue and search index to the state of the files."""
    begun = perf_counter()
    found = library().refresh()
    click.echo(f"{len(found.articles)} articles and {len(found.faqs)} questions in {perf_counter() - begun:.1f} s.")


@content.command("check")
@click.option("--strict", is_flag=True, help="Advice counts as an error too.")
@click.option("--quiet", is_flag=True, help="Show errors only.")
def check(strict: bool, quiet: bool) -> None:
    """Lint articles, questions and every other file of content/. The exit code is 1 when there are errors."""
    found = sorted({*lint.findings(), *((lint.ERROR, problem) for problem in checked())}, key=lambda one: (one[1], one[0]))
    errors = [problem for kind, problem in found if kind == lint.ERROR or strict]
    for kind, problem in found:
        if kind == lint.ERROR or not quiet:
            click.echo(f"{problem.path}:{problem.line}: {kind}: {problem.message}")
    click.echo(f"{len(errors)} errors, {len(found) - len(errors)} pieces of advice.")
    raise SystemExit(1 if errors else 0)


@content.command("owners")
def owners() -> None:
    """List who owns which articles and when each is due for review."""
    for article in sorted(library().catalog.articles, key=lambda one: (one.owner, str(one.review_by))):
        click.echo(f"{article.owner or 'nobody':<24}{article.review_by or '':<12} {article.path}")


@search.command("eval")
@click.option("--content", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A tree of markdown.")
@click.option("--queries", type=click.Path(exists=True, dir_okay=False, path_type=Path), help='Lines {"q": words, "relevant": [path]}.')
@click.option("--typos", type=click.IntRange(0, 2), default=0, help="Put this many slips into each query first.")
@click.option("--show-missed", is_flag=True, help="List the queries whose answer is not first.")
@click.option("--min-r1", type=float, default=0.0, help="Exit with 1 below this R@1.")
def evaluate_search(folder: Path | None, queries: Path | None, typos: int, show_missed: bool, min_r1: float) -> None:
    """Print R@1, R@5, MRR, weak rate, p50 and p95 in ms, and index seconds.

    Without --content it measures this installation; without --queries it asks the articles' own `answers:` questions."""
    with tempfile.TemporaryDirectory() as place:
        index, catalog, seconds = measured_index(folder, Path(place))
        labelled = labelled_queries(queries, catalog, folder) if queries else asked_of_articles(catalog)
        dice = random.Random(7)  # noqa: S311 - the same slips each time
        if typos:
            labelled = [replace(one, query=mistyped(one.query, typos, dice)) for one in labelled]
        score = evaluate(index, labelled)
    show(score, seconds, show_missed)
    raise SystemExit(1 if score.recall_1 < min_r1 else 0)


def measured_index(folder: Path | None, place: Path) -> tuple[Index, Catalog, float]:
    """An index made from nothing, its catalogue, and the seconds it took to read and index everything."""
    settings = current_app.config["SETTINGS"]
    synonyms = Path(settings.content_dir) / "help" / "synonyms.txt"
    index = Index(place / "index", None if folder else synonyms)
    if folder:
        empty = place / "content"
        (empty / "help").mkdir(parents=True)
        current_app.config["SETTINGS"] = replace(settings, content_dir=str(empty), help_mounts=str(folder.resolve()))
    begun = perf_counter()
    try:
        catalog = compiled(Catalog(), index, with_git=False, with_related=False)
    finally:
        current_app.config["SETTINGS"] = settings
    return index, catalog, perf_counter() - begun


def labelled_queries(path: Path, catalog: Catalog, folder: Path | None) -> list[Labelled]:
    """Queries from a file. A relevant document is named by its path in the tree, by its id, or as `faq:<id>`."""
    by_path = {article.path.partition("/")[2]: article for article in catalog.articles}
    known = by_path | catalog.by_path | catalog.by_id

    def key(name: str) -> str:
        name = name.removeprefix("./")
        plain = name.removeprefix(f"{folder.name}/") if folder else name.removeprefix("content/help/")
        found = known.get(name) or known.get(plain)
        return f"help:{found.id}" if found else name

    try:
        return [Labelled(one.query, tuple(map(key, one.relevant))) for one in read_labelled(path)]
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def show(score: Score, seconds: float, missed: bool) -> None:
    click.echo(f"queries {score.queries}")
    click.echo(f"R@1 {score.recall_1:.3f}")
    click.echo(f"R@5 {score.recall_5:.3f}")
    click.echo(f"MRR {score.mrr:.3f}")
    click.echo(f"weak rate {score.weak:.3f}")
    click.echo(f"p50 {score.p50:.1f} ms")
    click.echo(f"p95 {score.p95:.1f} ms")
    click.echo(f"index {seconds:.2f} s")
    for one in score.missed if missed else ():
        click.echo(f"missed: {one.query!r} -> {', '.join(one.relevant)}")


commands = (content, search)
