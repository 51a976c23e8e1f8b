"""Flow control as pure code: no clock, no socket, no randomness."""
