import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from boxes import make_canvas
    from facts import Facts
    from vispy import app as vispy_app

    import marimo_rfb as rfb

    rfb.use_vispy()
    facts = Facts(mo.query_params().to_dict()["facts"])
    return facts, make_canvas, mo, vispy_app


@app.cell
def _(make_canvas):
    last = make_canvas(2)
    last
    return (last,)


@app.cell
def _(make_canvas, vispy_app):
    shown = make_canvas(4)
    shown.show()
    colors = ["lime", "blue"]

    def change(event):
        shown.bgcolor = colors[event.iteration % 2]

    timer = vispy_app.Timer(0.5, connect=change, start=True)
    return shown, timer


@app.cell
def _(make_canvas):
    made = make_canvas(6, show=True)
    return (made,)


@app.cell
def _(last, made, mo):
    get_keys, set_keys = mo.state([])
    last.events.key_press.connect(lambda event: set_keys(lambda keys: [*keys, f"{event.key.name}:{event.text}"]))

    def fail(event):
        raise ValueError("no such box")

    made.events.mouse_double_click.connect(fail)
    return (get_keys,)


@app.cell
def _(facts, get_keys):
    facts.note("keys", get_keys())
    return


if __name__ == "__main__":
    app.run()
