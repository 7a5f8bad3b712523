"""Calendly: consult types that are booked at its pages, its webhooks, and a look at its list of bookings."""
