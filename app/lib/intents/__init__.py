"""What does this sentence want? Learned from a few examples for each label, in plain Python, with an honest confidence."""

from app.lib.intents.brain import Brain, Guess
from app.lib.intents.confusion import confused
from app.lib.intents.semantic import SemanticBrain

__all__ = ["Brain", "Guess", "SemanticBrain", "confused"]
