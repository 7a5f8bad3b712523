"""Help: articles, questions and answers, search, votes, and the editors' tools over content/."""
