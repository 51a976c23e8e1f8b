from marimo_rfb.flow.negotiate import common_codecs


def test_the_stream_decides_the_order() -> None:
    assert common_codecs(["image/png", "image/jpeg"], ["image/jpeg", "image/png"]) == ("image/jpeg", "image/png")


def test_what_only_one_side_can_is_left_out() -> None:
    supported = ["image/webp", "image/jpeg", "frame/rect"]
    assert common_codecs(supported, ["image/jpeg", "image/png"]) == ("image/jpeg",)


def test_nothing_in_common_is_empty() -> None:
    assert common_codecs([], ["image/jpeg"]) == ()
    assert common_codecs(["image/jpeg"], []) == ()


def test_what_a_client_says_twice_counts_once() -> None:
    assert common_codecs(["image/png", "image/png"], ["image/png"]) == ("image/png",)
