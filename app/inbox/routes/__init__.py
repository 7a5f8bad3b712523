"""HTTP of the desk. Each pane has an address of its own; what changes something is a POST that makes a noun."""

from app.inbox.routes.agents import bp as agents
from app.inbox.routes.board import bp as board
from app.inbox.routes.deeds import bp as deeds
from app.inbox.routes.person import bp as person
from app.inbox.routes.replies import bp as replies
from app.inbox.routes.threads import bp as threads
from app.inbox.routes.tools import bp as tools

blueprints = (board, threads, person, replies, deeds, tools, agents)
