"""Where the code runs: marimo, Jupyter or a plain process; sessions, cells, and what ends with them."""
