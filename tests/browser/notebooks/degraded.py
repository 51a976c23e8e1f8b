import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    facts = Facts(mo.query_params().to_dict()["facts"])
    return card, facts, mo, rfb


@app.cell
def _(mo):
    level = mo.ui.slider(0, 50, label="level")
    level
    return (level,)


@app.cell
def _(card, facts, level, rfb):
    picture = rfb.frame(card(320, 180, level.value), formats=["image/png"], height=140)
    pressed = picture.on("pointer_down")
    facts.hub(picture.stream.server)
    picture
    return picture, pressed


@app.cell
def _(card, level, rfb):
    @rfb.animate(fps=10, formats=["image/png"], height=140)
    def clock(t):
        return card(320, 180, int(10 * t) % 16 + 16 * level.value)

    clock
    return


@app.cell
def _(card, facts, level, rfb):
    film = rfb.stream("film", formats=["image/png"])
    film.publish(card(320, 180, 100 + level.value))
    film.view(height=140)
    return


@app.cell
def _(facts, picture):
    facts.note("value", picture.value)
    return


@app.cell
def _(facts, pressed):
    facts.note("pressed", pressed())
    return


if __name__ == "__main__":
    app.run()
