"""CalDAV (RFC 4791): hosts' own calendars, read for busy time and written with their consults."""
