"""The desk: what waits for an agent, one thread beside it, and the person behind it."""
