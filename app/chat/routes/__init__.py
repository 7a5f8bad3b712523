"""HTTP of the chat: the home panel, a thread, what is said in it, and the small signs in between."""

from app.chat.routes import calls, entries, home, proofs, signs, threads
from app.chat.routes.board import bp

__all__ = ["bp", "calls", "entries", "home", "proofs", "signs", "threads"]
