"""What the help center knows: articles and questions (files that editors commit), and what readers do with them (rows)."""

from app.help.models.articles import Article, Category, Change, Faq, Passage, Topic
from app.help.models.asked import Asked
from app.help.models.guides import Progress
from app.help.models.voices import Comment, Reading, Vote

__all__ = ["Article", "Asked", "Category", "Change", "Comment", "Faq", "Passage", "Progress", "Reading", "Topic", "Vote"]
