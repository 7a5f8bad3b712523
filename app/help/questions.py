"""Questions whose answer is known: what editors promise in `answers:` and `ask:`. The search must keep these promises."""

from __future__ import annotations

from app.help.catalog import Catalog
from app.lib.search.evaluate import Labelled


def asked_of_articles(catalog: Catalog) -> list[Labelled]:
    """Every `answers:` question of a published article and every `ask:` phrasing of a question, with what must be found:
    the article or question itself, and what the editors put beside it."""
    shorter: dict[str, list[str]] = {}
    for faq in catalog.faqs:
        for name in faq.related:
            shorter.setdefault(name, []).append(f"faq:{faq.id}")
    articles = [
        Labelled(words, (f"help:{one.id}", *shorter.get(one.id, ()))) for one in catalog.articles if one.is_public for words in one.answers
    ]
    faqs = [Labelled(words, (f"faq:{one.id}", *also(catalog, one.related))) for one in catalog.faqs for words in one.ask]
    return articles + faqs


def also(catalog: Catalog, names: tuple[str, ...]) -> list[str]:
    """The keys of related articles and questions: they answer it too."""
    return [f"help:{name}" if name in catalog.by_id else f"faq:{name}" for name in names]
