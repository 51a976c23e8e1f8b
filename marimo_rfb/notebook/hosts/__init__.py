"""The host of the code: marimo, Jupyter or a plain process; sessions, cells and their clean-up."""
