"""A conversation with a promise: type, priority, clocks that explain themselves, escalation, a rating at the end."""
