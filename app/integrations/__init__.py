"""Plugs: each folder connects an outside service to the socket of a lower floor; the deliveries and the desk page are shared."""
