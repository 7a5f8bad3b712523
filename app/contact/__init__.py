"""The contact form and its routing: the right questions for each kind of inquiry, an honest time for the answer, and nothing lost."""
