"""What runs inside the notebook's server, not in the kernel."""
