"""The sandbox: a payment provider of our own in which no money moves, with its page, test numbers, webhooks and a chaos switch."""
