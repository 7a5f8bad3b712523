"""What a person wants to hear and where: letters, short messages, the bell, pushes; consent, quiet hours and the ways to say stop."""
