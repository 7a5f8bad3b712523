"""The firm's shop window: home, the professions, programmes and prices, about, the legal pages, and what machines ask for."""
