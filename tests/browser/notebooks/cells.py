import marimo

app = marimo.App()


@app.cell
def _():
    import itertools

    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    return asked, card, facts, itertools, mo, rfb


@app.cell
def _(mo):
    serve_again = mo.ui.button(label="serve again")
    view_again = mo.ui.button(label="view again")
    mo.hstack([serve_again, view_again])
    return serve_again, view_again


@app.cell
async def _(asked, card, facts, itertools, rfb, serve_again):
    serve_again.value
    stream = await rfb.serve(320, 180, port=int(asked.get("port", "0")), formats=["image/png"])
    facts.hub(stream.server)
    counter = itertools.count()
    rfb.publish_loop(stream, lambda: card(320, 180, next(counter)), fps=5)
    return (stream,)


@app.cell
def _(facts, mo, rfb, stream, view_again):
    view_again.value
    view = mo.ui.anywidget(rfb.RfbViewer(port=stream.port, stream="default", height=200))
    facts.note("made", stream.port)
    facts.traits(view.widget)
    view
    return (view,)


@app.cell
def _(facts, view):
    facts.note("reads", sorted(view.value))
    return


if __name__ == "__main__":
    app.run()
