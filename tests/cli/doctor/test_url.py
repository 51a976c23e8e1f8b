import re
import socket
from pathlib import Path

import pytest
from commandline import command, run
from support import card

from marimo_rfb.cli.doctor.url import check_url
from marimo_rfb.errors import OptionError
from marimo_rfb.hub.hub import Hub


def test_the_command_checks_a_stream(hub: Hub, tmp_path: Path) -> None:
    stream = hub.add_stream("scene", 64, 48)
    stream.publish(card())
    done = run(command("doctor", stream.ws_url, "--token", stream.token), cwd=tmp_path)
    refused = run(command("doctor", stream.ws_url), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^ok +picture +64x48 PNG, \d", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("\nEverything works.\n")
    assert refused.returncode == 1
    assert "requires a token" in refused.stdout
    assert refused.stdout.endswith("\n1 check failed.\n")


@pytest.mark.parametrize("url", ["localhost:x", "ftp://example.org/", "http://ada:s3cret@example.org/", "ws://h:x/"])
def test_a_bad_address_is_one_clear_line(url: str, tmp_path: Path) -> None:
    done = run(command("doctor", url), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(r"Error: Invalid value for URL: .+", done.stderr.splitlines()[-1])
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize("option", [["--token", "x"], ["--insecure"]])
def test_the_options_of_an_address_need_one(option: list[str], tmp_path: Path) -> None:
    done = run(command("doctor", *option), cwd=tmp_path)
    assert done.returncode == 2
    assert "marimo-rfb doctor URL" in done.stderr


def test_a_bad_address_is_rejected_before_any_request() -> None:
    with pytest.raises(OptionError):
        check_url("ftp://localhost:2718")


def test_an_ipv6_address_is_checked() -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no ::1")
    with server:
        number = server.getsockname()[1]
    (port,) = check_url(f"ws://[::1]:{number}/scene")
    assert port.text == f"nothing listens on [::1]:{number}"
