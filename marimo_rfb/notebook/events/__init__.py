"""From a person's gesture to the cells that read it: dispatch, callbacks, getters and `view.value`."""
