"""Decisions about what may be sent: pure, without clock, socket or randomness."""
