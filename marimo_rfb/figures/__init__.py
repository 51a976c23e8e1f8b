"""Figures, which draw themselves and handle events, as live views."""
