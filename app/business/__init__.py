"""What content/ says about the firm: its name and promises, its offers, the professions it serves, and what clients said."""
