"""The bot: first answer in chat from intents and the help center; hands over to people."""
