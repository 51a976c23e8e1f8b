"""Code that runs in the notebook's server, not in the kernel."""
