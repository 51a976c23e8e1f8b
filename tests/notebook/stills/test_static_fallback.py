"""In a real kernel of Jupyter's."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_kernel import JupyterKernel, Message, jupyter_kernel, outputs
from support import decode, eventually

WIDGET = "application/vnd.jupyter.widget-view+json"
SET_UP = """
import marimo_rfb as rfb, numpy as np
def picture(*color): return np.full((48, 64, 3), color, np.uint8)
hub = rfb.Hub()
shown = hub.add_stream("shown", 64, 48)
"""


@pytest.fixture(scope="module")
def the_kernel() -> Iterator[JupyterKernel]:
    with jupyter_kernel() as kernel:
        yield kernel


@pytest.fixture
def kernel(the_kernel: JupyterKernel) -> Iterator[JupyterKernel]:
    """Return the kernel of a notebook that no page shows, with a stream."""
    the_kernel.run(
        SET_UP + "from marimo_rfb.notebook.hosts.session import Session\n"
        "Session._process = None"  # a page that was seen counts for good
    )
    yield the_kernel
    the_kernel.run("hub.close()")


def color_in(data: dict[str, Any]) -> tuple[int, int, int]:
    """Return the colour of the still in an output, which must be all one colour, and the same in each form."""
    (in_html,) = re.findall(r'src="data:image/png;base64,([^"]+)"', data["text/html"])
    assert in_html == data["image/png"].strip()
    pixels = decode(base64.b64decode(in_html))
    assert pixels.std(axis=(0, 1)).max() < 2
    red, green, blue = (round(value, -1) for value in pixels.mean(axis=(0, 1)).tolist())
    return red, green, blue


def updates(said: list[Message]) -> list[dict[str, Any]]:
    return [message["content"]["data"] for message in said if message["msg_type"] == "update_display_data"]


class TestOutputs:
    def test_a_widget_has_two_the_still_and_itself(self, kernel: JupyterKernel) -> None:
        kernel.run("shown.publish(picture(200, 100, 0))")
        still, widget = outputs(kernel.run("shown.widget(height=300, fit='cover', alt='<A sun>')", cell="one"))
        assert color_in(still) == (200, 100, 0)
        assert 'alt="&lt;A sun&gt;"' in still["text/html"]
        assert "height: 300px; object-fit: cover" in still["text/html"]
        assert still["text/plain"] == "<A sun>"
        assert set(widget) == {"text/plain", WIDGET}
        assert widget["text/plain"] == ""  # or it would be read below the still where there are no widgets

    @pytest.mark.parametrize(
        "shown", ["shown", "shown.view()", "shown.widget(batteries=False)", "rfb.RfbViewer(port=port)"]
    )
    def test_so_has_whatever_shows_a_stream(self, kernel: JupyterKernel, shown: str) -> None:
        kernel.run("port = (await rfb.serve(64, 48)).port; shown.publish(picture(0, 0, 0))")
        still, widget = outputs(kernel.run(shown, cell="one"))
        assert "data-rfb-still" in still["text/html"]
        assert WIDGET in widget
        still, widget = outputs(kernel.run(f"from IPython.display import display\ndisplay({shown})", cell="two"))
        assert "data-rfb-still" in still["text/html"]
        assert WIDGET in widget

    def test_a_widget_of_a_stream_elsewhere_has_one(self, kernel: JupyterKernel) -> None:
        (widget,) = outputs(kernel.run("rfb.RfbViewer(url='ws://127.0.0.1:9/there')", cell="one"))
        assert WIDGET in widget
        assert widget["text/plain"].startswith("<")

    def test_a_page_that_would_show_both_gets_the_widget_alone(self, kernel: JupyterKernel) -> None:
        (widget,) = outputs(kernel.run("shown.widget()", cell="vscode-notebook-cell:/home/ada/a.ipynb#W0sZmlsZQ"))
        assert WIDGET in widget
        assert widget["text/plain"].startswith("<")

    def test_the_still_is_small(self, kernel: JupyterKernel) -> None:
        kernel.run("shown.publish(np.random.default_rng(1).integers(0, 256, (1080, 1920, 3), dtype=np.uint8))")
        still, _widget = outputs(kernel.run("shown.widget()", cell="one"))
        assert 10_000 < len(base64.b64decode(still["image/jpeg"])) <= 100_000


class TestWithNobodyLooking:
    def test_a_cell_that_ends_before_its_first_picture_still_gets_it(self, kernel: JupyterKernel) -> None:
        """As the quick start does, when it is all in one cell and the last."""
        said = kernel.run(
            "display = await rfb.serve(64, 48)\n"
            "task = rfb.publish_loop(display, lambda: picture(0, 100, 200), fps=1)\n"
            "display.widget()"
        )
        assert not {"image/jpeg", "image/png"} & outputs(said)[0].keys()
        assert [color_in(data) for data in updates(said)] == [(0, 100, 200)]
        kernel.run("task.cancel(); await display.aclose()")

    def test_each_cell_brings_the_still_up_to_date_once(self, kernel: JupyterKernel) -> None:
        kernel.run("shown.publish(picture(0, 0, 0)); widget = shown.widget(); widget")
        said = kernel.run("for red in range(0, 250, 50): shown.publish(picture(red, 0, 0))")
        assert [color_in(data) for data in updates(said)] == [(200, 0, 0)]
        assert updates(kernel.run("1")) == []

    def test_a_closed_stream_keeps_its_last_picture(self, kernel: JupyterKernel) -> None:
        kernel.run("shown.publish(picture(0, 0, 0)); widget = shown.widget(); widget")
        said = kernel.run("shown.publish(picture(0, 200, 0)); await shown.aclose()")
        assert [color_in(data) for data in updates(said)] == [(0, 200, 0)]

    def test_a_page_that_speaks_up_is_noticed(self, kernel: JupyterKernel) -> None:
        """Some pages name no cells."""
        kernel.run("view = rfb.frame(picture(0, 0, 0)); view")
        assert not kernel.ask("view._session.has_page")
        report = {"method": "custom", "content": {"kind": "report", "state": "open", "last_error": ""}}
        kernel.tell_widget(kernel.ask("view.widget.comm.comm_id"), report)
        eventually(lambda: kernel.ask("view._session.has_page"))


class TestInAPage:
    def test_the_still_is_exchanged_when_the_picture_rests(self, kernel: JupyterKernel) -> None:
        kernel.run("shown.publish(picture(0, 0, 0)); widget = shown.widget(); widget", cell="one")
        said = kernel.run("for red in range(0, 250, 50): shown.publish(picture(red, 0, 0))", cell="two")
        assert color_in(kernel.next("update_display_data", said)["content"]["data"]) == (200, 0, 0)

    def test_it_is_exchanged_when_the_last_one_looks_away(self, kernel: JupyterKernel) -> None:
        kernel.run("shown.publish(picture(0, 0, 0)); widget = shown.widget(); widget", cell="one")
        kernel.run(
            "from marimo_rfb.notebook.stills import thumbnail_updater; thumbnail_updater.DEBOUNCE_S = 3600", cell="two"
        )
        kernel.run(
            "shown.audience.update(viewers=1, watching=1, size=None); shown.publish(picture(0, 0, 200))", cell="two"
        )
        said = kernel.run(
            "shown.audience.update(viewers=1, watching=0, size=None); thumbnail_updater.DEBOUNCE_S = 0.5", cell="two"
        )
        assert color_in(kernel.next("update_display_data", said)["content"]["data"]) == (0, 0, 200)

    def test_a_cell_that_runs_again_leaves_no_older_still_behind(self, kernel: JupyterKernel) -> None:
        for _ in range(5):
            kernel.run("widget = shown.widget(); widget", cell="one")
        assert kernel.ask("len(shown._feed._frame_listeners)") == 1
        kernel.run("widget", cell="two")
        kernel.run("1", cell="one")
        assert kernel.ask("len(shown._feed._frame_listeners)") == 1  # it is in the other cell yet
        kernel.run("1", cell="two")
        assert kernel.ask("len(shown._feed._frame_listeners)") == 0
        kernel.run("widget", cell="one")
        assert kernel.ask("len(shown._feed._frame_listeners)") == 1


class TestView:
    def test_a_cell_that_runs_again_gets_the_same_one(self, kernel: JupyterKernel) -> None:
        kernel.run("view = rfb.frame(picture(1, 2, 3))\nview", cell="one")
        kernel.run("first = view", cell="two")
        counts = "len(view.stream.server.streams), threading.active_count(), len(type(view.widget).widgets)"
        # What other tests left in the kernel goes when it likes, but nothing may be added.
        there_are = f"(gc.collect(), {counts})[1:]"
        kernel.run("import gc, threading", cell="two")
        before = kernel.ask(there_are)
        for red in range(20):
            kernel.run(f"view = rfb.frame(picture({red}, 0, 0))\nview", cell="one")
        assert kernel.ask("view is first, view.stream.newest.pixels[0, 0].tolist()") == (True, [19, 0, 0])
        after = kernel.ask(there_are)
        assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)

    def test_another_cell_has_its_own(self, kernel: JupyterKernel) -> None:
        kernel.run("a = rfb.frame(picture(1, 2, 3))", cell="one")
        kernel.run("b = rfb.frame(picture(1, 2, 3))", cell="two")
        assert kernel.ask("a.stream is b.stream") is False

    def test_one_that_no_variable_holds_ends_when_its_cell_shows_it_no_more(self, kernel: JupyterKernel) -> None:
        kernel.run(
            "rfb.frame(picture(1, 2, 3), name='lost')\nkept = rfb.frame(picture(1, 2, 3), name='kept')", cell="one"
        )
        kernel.run("import gc; views = {v.alt: v for v in gc.get_objects() if type(v) is rfb.View}", cell="two")
        kernel.run("1", cell="one")
        eventually(lambda: kernel.ask("views['Live picture: lost'].closed"))
        assert kernel.ask("kept.closed") is False
        kernel.run("del kept", cell="two")
        eventually(lambda: kernel.ask("views['Live picture: kept'].closed"))

    def test_an_animation_goes_on_with_its_new_function(self, kernel: JupyterKernel) -> None:
        code = "@rfb.animate(fps=50, when_hidden='run')\ndef view(t):\n    return picture({}, 0, 0)\nview"
        kernel.run(code.format(10), cell="one")
        kernel.run("first = view", cell="two")
        kernel.run(code.format(20), cell="one")
        eventually(lambda: kernel.ask("first.stream.newest.pixels[0, 0, 0].item()") == 20)
        assert kernel.ask("view is first and view.t > 0")
        assert kernel.ask("sum(t.name.startswith('rfb-animate') for t in __import__('threading').enumerate())") == 1

    def test_its_value_is_what_the_page_tells(self, kernel: JupyterKernel) -> None:
        kernel.run("view = rfb.frame(picture(1, 2, 3)); notes = [view.value]", cell="one")
        press = {"type": "pointer_down", "x": 5, "y": 6, "button": 1, "buttons": [1], "modifiers": [], "timestamp": 1.0}
        kernel.tell_widget(
            kernel.ask("view.widget.comm.comm_id"),
            {"method": "update", "state": {"last_event": press}, "buffer_paths": []},
        )
        eventually(lambda: kernel.ask("view.value") is not None)
        assert kernel.ask("notes, view.value['type'], view.value['x']") == ([None], "pointer_down", 5)

    def test_a_getter_has_the_newest_event(self, kernel: JupyterKernel) -> None:
        kernel.run("view = rfb.frame(picture(1, 2, 3)); pressed = view.on('pointer_down')", cell="one")
        press = {
            "type": "pointer_down",
            "x": 1,
            "y": 2,
            "button": 1,
            "buttons": (1,),
            "modifiers": (),
            "timestamp": 1.0,
        }
        kernel.run(
            f"press = rfb.InputEvent(viewer='1', principal=None, received_us=0, event={press})\n"
            "view.stream._feed.dispatch(press)",
            cell="two",
        )
        eventually(lambda: kernel.ask("pressed()") is not None)
        assert kernel.ask("pressed()['x']") == 1
