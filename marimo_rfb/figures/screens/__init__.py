"""The views that show a figure, whatever draws it."""
