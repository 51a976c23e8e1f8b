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

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    return asked, card, facts, itertools, mo, rfb, time


@app.cell
def _(asked, rfb):
    above = rfb.stream(formats=["image/png"]) if "above" in asked else None
    above
    return (above,)


@app.cell
def _(above, card, facts, itertools, mo, rfb, time):
    shown = above
    if shown is None:
        shown = rfb.stream(formats=["image/png"])
        mo.output.append(shown)
    # This holds the kernel's thread, and the interpreter's lock as much as it gets it, until the test lets it go.
    for step in itertools.count():
        shown.publish(card(320, 180, step % 1024))
        due_s = time.monotonic() + 0.03
        while time.monotonic() < due_s:
            pass
        if "stop" in facts.wishes:
            break
    facts.note("steps", step)
    return


if __name__ == "__main__":
    app.run()
