"""One thread, many channels: conversations, what was said in them, by whom, who looks after them, and who may see them."""
