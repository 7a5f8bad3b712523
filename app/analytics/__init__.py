"""Hears facts and small events of our own pages, counts them, and draws: no pixel, no third party, nothing that names a person."""
