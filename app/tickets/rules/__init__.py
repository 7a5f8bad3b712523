"""Rules: when something happens to a conversation and conditions hold, deeds are done, written down with the rule's version, undoable."""
