import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo

    import marimo_rfb as rfb

    # The notebook is one of an application that has the stream, and a login.
    view = mo.ui.anywidget(rfb.RfbViewer(base_path="/rfb", stream="scene", height=200))
    view
    return


if __name__ == "__main__":
    app.run()
