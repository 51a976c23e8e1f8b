"""`serve` and `serve_server`: start a hub with one call."""

from typing import Unpack

from marimo_rfb.hub.access import AccessOptions, Authenticate
from marimo_rfb.hub.hub import Hub
from marimo_rfb.hub.listener import ListenOptions
from marimo_rfb.stream.options import StreamOptionsDict
from marimo_rfb.stream.stream import Stream

__all__ = ["serve", "serve_server"]


async def serve(
    width: int,
    height: int,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    name: str = "default",
    authenticate: Authenticate | None = None,
    token: bool | str = True,
    origins: tuple[str, ...] | list[str] = (),
    allowed_hosts: tuple[str, ...] | list[str] = (),
    **options: "Unpack[StreamOptionsDict]",
) -> Stream:
    """Start a hub with one stream and return the stream; closing the stream closes the hub.

    Args:
        width: width of the picture in pixels until the first frame.
        height: height of the picture in pixels until the first frame.
        host: the address to bind; see `ListenOptions`.
        port: the TCP port, 0 for a free one; see `ListenOptions`.
        name: name of the stream, which is also the path of its address.
        authenticate: hook that decides who may watch; see `AccessOptions`.
        token: the secret that viewers need; see `AccessOptions`.
        origins: additional origins whose pages may connect; see `AccessOptions`.
        allowed_hosts: additional host names of a hub without token and hook; see `AccessOptions`.
        options: the fields of `StreamOptions`, such as `quality`.

    Raises:
        PortInUse: another program uses the port.
        OptionError: an argument is invalid.
    """
    access = _access(authenticate, token, origins, allowed_hosts)
    hub = Hub(listen=ListenOptions(host=host, port=port), access=access, closes_with_stream=True)
    await hub.astart()
    try:
        return hub.add_stream(name, width, height, **options)
    except BaseException:
        await hub.aclose()
        raise


async def serve_server(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    authenticate: Authenticate | None = None,
    token: bool | str = True,
    origins: tuple[str, ...] | list[str] = (),
    allowed_hosts: tuple[str, ...] | list[str] = (),
) -> Hub:
    """Start a hub without streams; add them with `Hub.add_stream`.

    Args:
        host: the address to bind; see `ListenOptions`.
        port: the TCP port, 0 for a free one; see `ListenOptions`.
        authenticate: hook that decides who may watch; see `AccessOptions`.
        token: the secret that viewers need; see `AccessOptions`.
        origins: additional origins whose pages may connect; see `AccessOptions`.
        allowed_hosts: additional host names of a hub without token and hook; see `AccessOptions`.

    Raises:
        PortInUse: another program uses the port.
        OptionError: an argument is invalid.
    """
    access = _access(authenticate, token, origins, allowed_hosts)
    return await Hub(listen=ListenOptions(host=host, port=port), access=access).astart()


def _access(
    authenticate: Authenticate | None,
    token: bool | str,
    origins: tuple[str, ...] | list[str],
    allowed_hosts: tuple[str, ...] | list[str],
) -> AccessOptions:
    return AccessOptions(
        authenticate=authenticate, token=token, origins=tuple(origins), allowed_hosts=tuple(allowed_hosts)
    )
