import marimo

app = marimo.App()


@app.cell
def _():
    import asyncio

    import census
    import marimo as mo
    from facts import Facts

    # Before `use_rendercanvas`, which must not matter.
    from images import Image
    from witness import Witness

    import marimo_rfb as rfb

    rfb.use_rendercanvas()
    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    facts.note("pid", census.answer())
    witness = Witness(facts)
    return Image, asyncio, facts, mo, rfb, witness


@app.cell
def _(mo):
    slider = mo.ui.slider(1, 9, value=3, label="waves")
    slider
    return (slider,)


@app.cell
def _(mo):
    round_of, set_round = mo.state(0)
    return round_of, set_round


@app.cell
def _(Image, facts, round_of, slider, witness):
    image = Image(slider.value)
    witness.watch(image.tell)
    facts.note("ran", round_of())
    image.figure.show()
    return (image,)


@app.cell
def _(asyncio, facts, round_of, set_round):
    going = asyncio.get_running_loop().create_task(facts.go_on(round_of(), set_round))
    return (going,)


if __name__ == "__main__":
    app.run()
