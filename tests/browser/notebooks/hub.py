import marimo

app = marimo.App()


@app.cell
async def _():
    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    server = await rfb.serve_server(port=0)
    camera = server.add_stream("camera", 320, 180, formats=["image/png"])
    depth = server.add_stream("depth", 240, 240, formats=["image/png"])
    camera.publish(card(320, 180, 5))
    depth.publish(card(240, 240, 9))
    facts.hub(server)
    return asked, camera, depth


@app.cell
def _(camera):
    camera.widget(height=200)
    return


@app.cell
def _(asked, depth):
    depth.widget(batteries=False, **({} if "tall" in asked else {"height": 260}))
    return


if __name__ == "__main__":
    app.run()
