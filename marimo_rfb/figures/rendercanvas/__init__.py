"""The backend of rendercanvas: canvas, loops, events."""
