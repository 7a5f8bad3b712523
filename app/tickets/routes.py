"""HTTP of tickets: the customers' requests and the agents' desk."""

from app.tickets.api import bp as api
from app.tickets.desk import bp as desk
from app.tickets.keys import bp as keys
from app.tickets.portal import bp as portal
from app.tickets.rules.desk import bp as rules

blueprints = (portal, desk, rules, keys, api)
