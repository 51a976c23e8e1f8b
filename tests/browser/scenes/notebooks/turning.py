import marimo

app = marimo.App()


@app.cell
def _():
    import asyncio

    import census
    import marimo as mo
    from facts import Facts
    from witness import Witness

    import marimo_rfb as rfb

    rfb.use_rendercanvas()
    from cubes import Cube
    from rendercanvas.auto import RenderCanvas

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    facts.note("pid", census.answer())
    witness = Witness(facts)
    return Cube, RenderCanvas, asyncio, facts, mo, rfb, witness


@app.cell
def _(mo):
    color = mo.ui.dropdown(["#ff8800", "#33cc66"], value="#ff8800", label="color")
    color
    return (color,)


@app.cell
def _(mo):
    round_of, set_round = mo.state(0)
    picked, set_picked = mo.state(None)
    return picked, round_of, set_picked, set_round


@app.cell
def _(Cube, RenderCanvas, color, facts, rfb, round_of, set_picked, witness):
    canvas = RenderCanvas(size=(240, 180), title="A cube")
    cube = Cube(canvas, color.value)
    canvas.add_event_handler(lambda event: set_picked([event["x"], event["y"]]), "double_click")
    view = rfb.figure(canvas)
    witness.watch(cube.tell)
    facts.hub(view.stream.server)
    facts.note("ran", round_of())
    view
    return canvas, cube, view


@app.cell
def _(facts, picked):
    facts.note("picked", picked())
    return


@app.cell
def _(asyncio, facts, round_of, set_round):
    going = asyncio.get_running_loop().create_task(facts.go_on(round_of(), set_round))
    return (going,)


if __name__ == "__main__":
    app.run()
