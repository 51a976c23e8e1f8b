"""The matplotlib backend: canvas, toolbar, timers and events."""
