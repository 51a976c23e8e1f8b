import marimo

app = marimo.App()


@app.cell
async def _():
    import itertools
    import time

    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    facts = Facts(mo.query_params()["facts"])
    stream = await rfb.serve(320, 180, formats=["image/png"])
    return card, facts, itertools, mo, stream, time


@app.cell
def _(mo, stream):
    view = mo.ui.anywidget(stream.widget(height=180))
    view
    return (view,)


@app.cell
def _(card, facts, itertools, stream, time, view):
    # This holds the kernel's thread, and the interpreter's lock as much as it gets it, until the test lets it go.
    clicks = 0
    for step in itertools.count():
        stream.publish(card(320, 180, step % 1024))
        clicks += sum(e.type == "pointer_down" for e in stream.poll_events())
        due_s = time.monotonic() + 0.03
        while time.monotonic() < due_s:
            pass
        if "stop" in facts.wishes:
            break
    facts.note("clicks", clicks)
    return


if __name__ == "__main__":
    app.run()
