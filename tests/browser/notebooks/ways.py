import marimo

app = marimo.App()


@app.cell
def _():
    import asyncio
    import functools
    import itertools
    import json
    import os
    import threading
    import time

    import gate
    import marimo as mo
    import numpy as np
    from card import card
    from facts import Facts

    import marimo_rfb as rfb
    from marimo_rfb.hub import listener
    from marimo_rfb.hub.core import core_of
    from marimo_rfb.notebook import widget
    from marimo_rfb.notebook.comm import comm_transport

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    facts.note("pid", os.getpid())
    # What it says to marimo's server, which in `marimo edit` is another process.
    listener.VERSION = asked.get("version", listener.VERSION)
    if "RFB_HEARD_WITHIN_S" in os.environ:
        # Of all widgets of this server, which is that of one test.
        widget.CommTransport = functools.partial(
            comm_transport.CommTransport, heartbeat_timeout_s=float(os.environ["RFB_HEARD_WITHIN_S"])
        )
    return asked, asyncio, card, core_of, facts, gate, itertools, json, mo, np, rfb, threading, time


@app.cell
async def _(asked, asyncio, card, core_of, facts, gate, itertools, np, rfb, threading, time):
    width, height = (int(side) for side in asked.get("size", "320x180").split("x"))
    formats = [asked["format"]] if "format" in asked else []
    for unknown in formats:
        # Nobody gets as far as to need it.
        rfb.register_encoder(unknown, lambda options: None)
    stream = await rfb.serve(width, height, host=asked.get("host", "127.0.0.1"), formats=formats)
    facts.hub(stream.server)
    facts.events(stream)
    port = gate.Gate(stream.server)
    await port.set_open("shut" not in asked)

    async def obey():
        noted = None
        while not stream.closed:
            await port.set_open(facts.wishes.get("open", "shut" not in asked))
            viewers = core_of(stream.server).metrics("default")["viewers"]
            said = [{name: each[name] for name in ("id", "quality", "scale", "visible", "window")} for each in viewers]
            if said != noted:
                facts.note("viewers", said)
                noted = said
            await asyncio.sleep(0.05)

    # Noise makes pictures that are as large as they can be.
    noise = [np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8) for seed in range(4)]

    def publish():
        # Not on the kernel's loop, which a cell may keep busy.
        for count in itertools.count():
            if stream.closed:
                return
            stream.publish(noise[count % 4] if "noise" in asked else card(width, height, count))
            time.sleep(1 / float(asked.get("fps", "20")))

    tasks = [asyncio.create_task(obey())]
    threading.Thread(target=publish, daemon=True).start()
    return port, stream, tasks


@app.cell
def _(asked, facts, json, mo, stream):
    # A JSON list: the traits of each view.
    given = json.loads(asked.get("views", "[{}]"))
    # Where the hub is depends on the port that it got.
    filled = [
        {name: stream.server.port if value == "PORT" else value for name, value in each.items()} for each in given
    ]
    shown = [mo.ui.anywidget(stream.widget(**{"height": 200, **each})) for each in filled]
    for each in shown:
        facts.traits(each.widget)
    facts.obey(shown[0].widget)
    mo.vstack(shown)
    return


@app.cell
def _(mo):
    compute = mo.ui.button(label="compute for three seconds", value=0, on_click=lambda count: count + 1)
    compute
    return (compute,)


@app.cell
def _(compute, facts, time):
    if compute.value:
        facts.note("computing", time.time())
        _until = time.monotonic() + 3
        while time.monotonic() < _until:
            pass
        facts.note("computed", time.time())
    return


if __name__ == "__main__":
    app.run()
