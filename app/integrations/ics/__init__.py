"""ICS: any calendar feed at a secret address, read for busy time."""
