"""Live talk on the site: the widget and its full page, greetings, who is here, the queue, call-backs, and letters for those who left."""
