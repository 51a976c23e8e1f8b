"""Input events in the notebook: dispatch, callbacks, getters and `view.value`."""
