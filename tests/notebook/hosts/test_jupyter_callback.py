"""In a real kernel of Jupyter's, with real widgets."""

from collections.abc import Iterator

import pytest
from jupyter_kernel import JupyterKernel, jupyter_kernel
from support import eventually

from marimo_rfb.notebook.hosts.jupyter_callback import current_callback

SETUP = """
import gc, threading, weakref
import ipywidgets, numpy as np, marimo_rfb as rfb
from marimo_rfb.notebook.hosts import cell_registry, jupyter_callback
# So that what is on no page has been away for long.
jupyter_callback.ABSENCE_TIMEOUT_S, cell_registry.GRACE_S = 0.0, 0.05
grey = lambda level: np.full((4, 4), level, np.uint8)
notes, called = [], []
def views():
    return sum(isinstance(each, rfb.RfbViewer) and each.comm is not None for each in gc.get_objects())
"""


@pytest.fixture(scope="module")
def the_kernel() -> Iterator[JupyterKernel]:
    with jupyter_kernel() as kernel:
        yield kernel


@pytest.fixture
def kernel(the_kernel: JupyterKernel) -> JupyterKernel:
    """Return the kernel, without the views of the test before, and with some time for those to come to be shown."""
    the_kernel.run(SETUP)
    the_kernel.run("[globals().pop(name, None) for name in ('kept', 'button', 'slider')]")
    eventually(lambda: the_kernel.ask("views()") == 0)
    the_kernel.run("jupyter_callback.ABSENCE_TIMEOUT_S = 600.0")
    return the_kernel


def slide(kernel: JupyterKernel, *values: int) -> None:
    """Move the slider on the page."""
    for value in values:
        state = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        kernel.tell_widget(kernel.ask("slider.model_id"), state)


def click(kernel: JupyterKernel, times: int = 1) -> None:
    """Click on the button on the page."""
    for _ in range(times):
        kernel.tell_widget(kernel.ask("button.model_id"), {"method": "custom", "content": {"event": "click"}})


def test_elsewhere_there_is_no_callback() -> None:
    assert current_callback() is None


class TestInteract:
    CELL = """
slider = ipywidgets.IntSlider(0, 0, 100)
@ipywidgets.interact(k=slider)
def show(k=0):
    view = rfb.frame(grey(k), name="x")
    notes.append((id(view), int(view.stream.newest.pixels[0, 0, 0])))
    return view
"""

    def test_each_step_paints_the_same_view(self, kernel: JupyterKernel) -> None:
        kernel.run(self.CELL, cell="one")
        slide(kernel, 1, 2, 3)
        notes = kernel.ask("notes")
        assert [level for _, level in notes] == [0, 1, 2, 3]
        assert len({view for view, _ in notes}) == 1
        assert kernel.ask("views()") == 1

    def test_so_does_its_cell_when_it_runs_again(self, kernel: JupyterKernel) -> None:
        for _ in range(3):
            kernel.run(self.CELL, cell="one")
            slide(kernel, 1)
        assert len({view for view, _ in kernel.ask("notes")}) == 1

    def test_two_of_one_cell_have_views_of_their_own(self, kernel: JupyterKernel) -> None:
        kernel.run(self.CELL + self.CELL, cell="one")
        slide(kernel, 1, 2)
        first, second, *moved = [view for view, _ in kernel.ask("notes")]
        assert first != second
        assert moved == [second, second]

    def test_several_views_of_one_call_are_the_same_ones_at_the_next(self, kernel: JupyterKernel) -> None:
        cell = (
            "slider = ipywidgets.IntSlider(0, 0, 100)\n"
            "@ipywidgets.interact(k=slider)\n"
            "def show(k=0):\n    notes.append([id(rfb.frame(grey(k + n))) for n in range(3)])\n"
        )
        kernel.run(cell, cell="one")
        slide(kernel, 1, 2)
        first, *others = kernel.ask("notes")
        assert len(set(first)) == 3
        assert others == [first, first]

    def test_an_animation_that_runs_unseen_goes_on_with_the_new_function_alone(self, kernel: JupyterKernel) -> None:
        cell = (
            "slider = ipywidgets.IntSlider(0, 0, 100)\n"
            "@ipywidgets.interact(k=slider)\n"
            "def show(k=0):\n"
            "    @rfb.animate(fps=200, when_hidden='run')\n"
            "    def shade(t):\n        called.append(k)\n        return grey(k)\n"
            "    return shade\n"
        )
        kernel.run(cell, cell="one")
        slide(kernel, 1, 2)
        eventually(lambda: 2 in kernel.ask("called[-20:]"))
        kernel.run("called.clear()", cell="two")
        eventually(lambda: kernel.ask("len(called) > 9"))
        assert kernel.ask("set(called[1:])") == {2}
        kernel.run("jupyter_callback.ABSENCE_TIMEOUT_S = 0.0")
        eventually(
            lambda: not kernel.ask("[t.name for t in threading.enumerate() if t.name.startswith('rfb-animate')]")
        )


class TestLife:
    """Of what a button makes, under a name of its own each time."""

    def make(self, kernel: JupyterKernel, then: str) -> None:
        kernel.run(
            "jupyter_callback.ABSENCE_TIMEOUT_S = 0.0\nbutton = ipywidgets.Button()\n@button.on_click\n"
            "def act(_):\n    view = rfb.frame(grey(9), name=f'{len(notes)}')\n"
            f"    {then}\n    notes.append(weakref.ref(view))\n",
            cell="one",
        )
        click(kernel, 3)

    def test_what_nothing_shows_or_holds_ends_and_leaves_nothing(self, kernel: JupyterKernel) -> None:
        self.make(kernel, "pass")
        eventually(lambda: kernel.ask("views()") == 0)
        assert kernel.ask("len(notes)") == 3
        eventually(lambda: kernel.ask("(gc.collect(), [each() for each in notes])[-1]") == [None] * 3)
        assert kernel.ask("sum(isinstance(each, rfb.Stream) and not each.closed for each in gc.get_objects())") == 0

    @pytest.mark.parametrize(
        ("before", "then"),
        [
            ("kept = []", "kept.append(view)"),
            ("kept = {}", "kept[len(notes)] = view.stream"),
            ("class Kept: pass\nkept = Kept()", "setattr(kept, f'view{len(notes)}', view)"),
            ("kept = ipywidgets.HBox()", "kept.children += (view.widget,)"),
            ("kept = ipywidgets.Output()", "kept.outputs += (callback_output(view),)"),
        ],
    )
    def test_what_the_notebook_holds_or_a_page_would_show_stays(
        self, kernel: JupyterKernel, before: str, then: str
    ) -> None:
        # As the page tells it when it was put out there.
        kernel.run(
            "def callback_output(view):\n"
            "    data, metadata = view.widget._repr_mimebundle_()\n"
            "    return {'output_type': 'display_data', 'data': data, 'metadata': metadata}\n"
        )
        kernel.run(before)
        self.make(kernel, then)
        # One that nothing holds, made after them, is looked through after them.
        kernel.run("then = ipywidgets.Button()\nthen.on_click(lambda _: notes.append(weakref.ref(rfb.frame(grey(1)))))")
        kernel.tell_widget(kernel.ask("then.model_id"), {"method": "custom", "content": {"event": "click"}})
        eventually(lambda: kernel.ask("len(notes) == 4 and views() == 3"))
        kernel.run("kept.close() if hasattr(kept, 'close') else None\ndel kept")
        eventually(lambda: kernel.ask("views()") == 0)

    def test_without_an_output_it_is_known_by_what_was_clicked(self, kernel: JupyterKernel) -> None:
        kernel.run("button = ipywidgets.Button()\nbutton.on_click(lambda _: notes.append(id(rfb.frame(grey(9)))))")
        click(kernel, 3)
        assert len(set(kernel.ask("notes"))) == 1

    def test_a_stream_that_a_callback_asked_for_is_the_same_at_the_next(self, kernel: JupyterKernel) -> None:
        kernel.run("button = ipywidgets.Button()\nbutton.on_click(lambda _: notes.append(rfb.stream('live').name))")
        click(kernel, 3)
        assert len(set(kernel.ask("notes"))) == 1
