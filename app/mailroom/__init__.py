"""E-mail in and out of conversations: nothing dropped, nothing shown to the wrong person."""
