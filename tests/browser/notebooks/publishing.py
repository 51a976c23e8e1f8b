import marimo

app = marimo.App()


@app.cell
def _():
    import itertools
    import time

    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    facts = Facts(mo.query_params().to_dict()["facts"])
    return card, facts, itertools, mo, rfb, time


@app.cell
async def _(mo, rfb):
    served = await rfb.serve(320, 180, formats=["image/png"])
    view = mo.ui.anywidget(served.widget(height=180))
    view
    return served, view


@app.cell
def _(rfb):
    above = rfb.stream("above", formats=["image/png"])
    above
    return (above,)


@app.cell
def _(above, card, facts, itertools, mo, rfb, served, time, view):
    here = rfb.stream("here", formats=["image/png"])
    mo.output.append(here)
    # This holds the kernel's thread, and the interpreter's lock as much as it gets it, until the test lets it go.
    clicks = 0
    for step in itertools.count():
        pixels = card(320, 180, step % 1024)
        for shown in (served, above, here):
            shown.publish(pixels)
        clicks += sum(each.type == "pointer_down" for each in served.poll_events())
        due_s = time.monotonic() + 0.03
        while time.monotonic() < due_s:
            pass
        if "stop" in facts.wishes:
            break
    facts.note("steps", step)
    facts.note("clicks", clicks)
    return


if __name__ == "__main__":
    app.run()
