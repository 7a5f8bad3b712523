"""The ground: tools that know nothing of Frontdesk."""
