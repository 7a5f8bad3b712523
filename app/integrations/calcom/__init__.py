"""Cal.com, hosted or one's own: consult types that are booked there, its webhooks, and a look at its list of bookings."""
