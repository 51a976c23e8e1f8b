"""A named picture that changes: what users hold, and how its frames become packets."""
