"""A real kernel of Jupyter, driven as its pages and converters do."""

import itertools
import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from jupyter_client.manager import start_new_kernel

__all__ = ["JupyterKernel", "Message", "jupyter_kernel", "outputs"]

Message = dict[str, Any]

WITHIN_S = 30.0


class JupyterKernel:
    """A kernel in a process of its own, and what it says."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, code: str, *, cell: str | None = None, deleted: Sequence[str] = ()) -> list[Message]:
        """Run a cell and return what the kernel said meanwhile, oldest first.

        Args:
            code: of the cell.
            cell: the id that a page sends along; `None` as by what names no cells.
            deleted: ids of cells that were deleted since.

        Raises:
            AssertionError: the cell raised.
        """
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        metadata = {} if cell is None else {"cellId": cell, "deletedCells": list(deleted)}
        request = self._client.session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(request)
        said = []
        for message in self._listen():
            said.append(message)
            assert message["msg_type"] != "error", "\n".join(message["content"]["traceback"])
            if _is_idle(message) and message["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                return said
        raise AssertionError("unreachable")

    def ask(self, expression: str) -> Any:
        """Return what an expression is worth, by its `repr`; asked for beside the notebook, in no cell of it."""
        request = self._client.session.msg(
            "execute_request", {"code": "", "silent": True, "user_expressions": {"it": expression}}
        )
        self._client.shell_channel.send(request)
        while True:
            reply = self._client.get_shell_msg(timeout=WITHIN_S)
            if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                break
        worth = reply["content"]["user_expressions"]["it"]
        assert worth["status"] == "ok", worth
        return eval(worth["data"]["text/plain"])

    def next(self, msg_type: str, said: Sequence[Message] = ()) -> Message:
        """Return the first of a type among what was `said` already, or wait for it."""
        return next(message for message in itertools.chain(said, self._listen()) if message["msg_type"] == msg_type)

    def tell_widget(self, comm_id: str, data: Message) -> None:
        """Send a widget what its page would."""
        message = self._client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        self._client.shell_channel.send(message)

    def _listen(self) -> Iterator[Message]:
        while True:
            try:
                yield self._client.get_iopub_msg(timeout=WITHIN_S)
            except queue.Empty:
                raise AssertionError("the kernel says nothing more") from None


@contextmanager
def jupyter_kernel() -> Iterator[JupyterKernel]:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield JupyterKernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def outputs(said: list[Message]) -> list[dict[str, Any]]:
    """Return the data of what was put out, oldest first."""
    return [message["content"]["data"] for message in said if message["msg_type"] in ("display_data", "execute_result")]


def _is_idle(message: Message) -> bool:
    return bool(message["msg_type"] == "status" and message["content"]["execution_state"] == "idle")
