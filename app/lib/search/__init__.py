"""Search: one brain for everything that can be found, the same on SQLite and PostgreSQL.

    index = Index(folder, synonyms_file)
    index.rebuild(documents, stamp)        # by start-up or a job; index.update(doc) / index.remove(key) for single ones
    find(index, "cancel my bookng", require={"audience": ("public",)}) -> Results
    suggest(index, "canc") -> [Suggestion]

Scoring: BM25F over stems (`build`, `rank`), typo correction by delete-neighbourhoods (`spelling`, `plan`), editors'
synonyms and protected words (`synonyms`), a re-rank by coverage, and a rule that knows a weak answer. The compiled
index is a few files mapped into memory: workers share it and load it in milliseconds.
A slice that has things to find registers a `Source`.
"""

from app.lib.search.documents import Document, Source, source, sources
from app.lib.search.find import Hit, Results, find
from app.lib.search.index import Index
from app.lib.search.similar import similar
from app.lib.search.suggest import Suggestion, suggest

__all__ = ["Document", "Hit", "Index", "Results", "Source", "Suggestion", "find", "similar", "source", "sources", "suggest"]
