"""The command `marimo-rfb doctor`: checks of an installation, of a stream's address and of a notebook's page."""
