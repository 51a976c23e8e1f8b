import marimo

app = marimo.App()


@app.cell
def _():
    import asyncio

    import census
    import marimo as mo
    from facts import Facts
    from solids import build, tell
    from witness import Witness

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    facts.note("pid", census.answer())
    witness = Witness(facts)
    return asyncio, build, facts, mo, rfb, tell, witness


@app.cell
def _(mo):
    slider = mo.ui.slider(3, 9, value=5, label="sides")
    slider
    return (slider,)


@app.cell
def _(mo):
    round_of, set_round = mo.state(0)
    place, set_place = mo.state(None)
    return place, round_of, set_place, set_round


@app.cell
def _(build, facts, rfb, round_of, set_place, slider, tell, witness):
    plotter = build(slider.value)
    plotter.enable_surface_point_picking(set_place, show_message=False, show_point=False)
    view = rfb.figure(plotter, keep_camera=True)
    sides = slider.value
    witness.watch(lambda: tell(plotter, sides))
    facts.hub(view.stream.server)
    facts.note("ran", round_of())
    view
    return (plotter, sides)


@app.cell
def _(facts, place):
    facts.note("place", None if place() is None else [float(each) for each in place()])
    return


@app.cell
def _(mo):
    button = mo.ui.run_button(label="from above")
    button
    return (button,)


@app.cell
def _(button, plotter):
    if button.value:
        plotter.camera_position = "xy"
    return


@app.cell
def _(asyncio, facts, round_of, set_round):
    going = asyncio.get_running_loop().create_task(facts.go_on(round_of(), set_round))
    return (going,)


if __name__ == "__main__":
    app.run()
