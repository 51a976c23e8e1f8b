import marimo

app = marimo.App()


@app.cell
def _():
    import asyncio

    import census
    import marimo as mo
    from boxes import make_canvas, told
    from facts import Facts
    from witness import Witness

    import marimo_rfb as rfb

    rfb.use_vispy()
    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    facts.note("pid", census.answer())
    witness = Witness(facts)
    return asyncio, facts, make_canvas, mo, rfb, told, witness


@app.cell
def _(mo):
    slider = mo.ui.slider(1, 9, value=3, label="width")
    slider
    return (slider,)


@app.cell
def _(mo):
    round_of, set_round = mo.state(0)
    return round_of, set_round


@app.cell
def _(facts, make_canvas, rfb, round_of, slider, told, witness):
    canvas = make_canvas(slider.value)
    view = rfb.figure(canvas)
    witness.watch(lambda: told(canvas, slider.value))
    facts.hub(view.stream.server)
    facts.note("ran", round_of())
    view
    return canvas, view


@app.cell
def _(asyncio, facts, round_of, set_round):
    going = asyncio.get_running_loop().create_task(facts.go_on(round_of(), set_round))
    return (going,)


if __name__ == "__main__":
    app.run()
