from marimo_rfb.flow.ack_timeout import AckTimeout


def test_a_picture_a_second_goes_without_an_ack_and_after_ten_one_in_ten_seconds() -> None:
    trickle = AckTimeout()
    waits = []
    for _ in range(12):
        waits.append(trickle.wait_s)
        trickle.on_timeout()
    assert waits == [1.0] * 10 + [10.0] * 2


def test_an_ack_makes_it_patient_again() -> None:
    trickle = AckTimeout()
    for _ in range(20):
        trickle.on_timeout()
    trickle.on_ack()
    assert trickle.wait_s == 1.0
