"""Spiffy: its checkout embedded on a page of ours, its signed webhooks, a look at its list of orders."""
