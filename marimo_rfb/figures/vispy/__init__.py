"""The back end of vispy: canvases drawn off screen, for the views that show them."""
