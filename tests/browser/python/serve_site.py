"""A web application with a login, a marimo notebook, and a stream that only users may watch."""

import argparse
import itertools
import threading
import time
from pathlib import Path
from typing import Annotated

import fastapi
import marimo
import uvicorn
from card import card
from fastapi.responses import HTMLResponse, RedirectResponse

import marimo_rfb as rfb
from marimo_rfb.asgi import rfb_hub_endpoint

FORM = """<!doctype html><title>log in</title>
<form method="post"><label>Name <input name="name"></label> <label>Password <input name="password" type="password">
</label> <button>Log in</button></form>"""

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
asked = parser.parse_args()

hub = rfb.Hub().start()
stream = hub.add_stream("scene", 320, 180, formats=["image/png"])
app = fastapi.FastAPI()
users: dict[str, str] = {}


@app.get("/login")
def show_form() -> HTMLResponse:
    return HTMLResponse(FORM)


@app.post("/login")
def log_in(name: Annotated[str, fastapi.Form()], password: Annotated[str, fastapi.Form()]) -> RedirectResponse:
    if (name, password) != ("ann", "secret"):
        raise fastapi.HTTPException(403)
    answer = RedirectResponse("/", status_code=303)
    users["a session of ann"] = name
    answer.set_cookie("session", "a session of ann", httponly=True, samesite="strict")
    return answer


def who(context: rfb.AuthContext) -> str | None:
    return users.get(context.cookies.get("session", ""))


def publish() -> None:
    for count in itertools.count():
        stream.publish(card(320, 180, count))
        for event in stream.poll_events():
            print(event.principal, event.type)
        time.sleep(0.05)


app.add_api_websocket_route("/rfb/{stream}", rfb_hub_endpoint(hub, authenticate=who))
notebook = Path(__file__).parent.parent / "notebooks/site.py"
app.mount("/", marimo.create_asgi_app().with_app(path="/", root=str(notebook)).build())
threading.Thread(target=publish, daemon=True).start()
uvicorn.run(app, port=asked.port)
