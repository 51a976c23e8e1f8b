"""Tensors of the libraries themselves: `make test-extras`."""

from typing import Any

import numpy as np
import pytest

from marimo_rfb.frame import Frame, as_data
from marimo_rfb.kinds.tensor import is_tensor
from marimo_rfb.stream.frame_copier import FrameCopier

UNIT = np.array([[0.0, 0.5, 1.0]], np.float32)
SEEN = [[[0, 0, 0], [128, 128, 128], [255, 255, 255]]]


def seen(tensor: Any) -> Any:
    assert is_tensor(tensor)
    return Frame(as_data(tensor), seq=1, published_s=0.0).pixels.tolist()


class TestTorch:
    @pytest.fixture
    def torch(self) -> Any:
        return pytest.importorskip("torch", reason="make test-extras installs it where pip finds a build for the CPU")

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
    def test_floats_of_every_size(self, torch: Any, dtype: str) -> None:
        assert seen(torch.tensor(UNIT).to(getattr(torch, dtype))) == SEEN

    @pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64"])
    def test_integers_of_every_size(self, torch: Any, dtype: str) -> None:
        data = as_data(torch.tensor([[0, 1]]).to(getattr(torch, dtype)))
        assert (data.dtype, data.tolist()) == (np.dtype(dtype), [[0, 1]])

    def test_a_gradient_is_left_out(self, torch: Any) -> None:
        tensor = torch.tensor(UNIT, requires_grad=True)
        assert seen(tensor) == seen(tensor * 1.0) == SEEN

    def test_a_batch_with_the_channels_first_and_other_strides(self, torch: Any) -> None:
        tensor = torch.zeros(1, 3, 2, 5)
        tensor[:, 0] = 1
        assert seen(tensor) == seen(tensor.to(memory_format=torch.channels_last)) == [[[255, 0, 0]] * 5] * 2

    def test_what_is_sparse_quantized_or_a_negative_view(self, torch: Any) -> None:
        assert seen(torch.tensor(UNIT).to_sparse()) == SEEN
        negative = torch.complex(torch.tensor(UNIT), -torch.tensor(UNIT)).conj().imag
        assert negative.is_neg()
        assert seen(negative) == SEEN

    def test_a_copy_does_not_follow_the_tensor(self, torch: Any) -> None:
        tensor = torch.tensor(UNIT)
        data, _ = FrameCopier().copy(as_data(tensor), before=None, dirty=None, compares=False)
        tensor[:] = 7
        np.testing.assert_array_equal(data, UNIT)

    def test_a_tensor_without_numbers_is_refused(self, torch: Any) -> None:
        with pytest.raises(ValueError, match=r"cannot read Tensor of dtype torch\.float32 and shape"):
            as_data(torch.empty(2, 2, device="meta"))


class TestJax:
    @pytest.fixture
    def jnp(self) -> Any:
        return pytest.importorskip("jax.numpy")

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
    def test_floats_of_every_size(self, jnp: Any, dtype: str) -> None:
        assert seen(jnp.asarray(UNIT, dtype)) == SEEN

    def test_types_that_numpy_has_from_elsewhere(self, jnp: Any) -> None:
        ml_dtypes = pytest.importorskip("ml_dtypes")  # which JAX brings
        assert as_data(np.array([[0, 0.5]], ml_dtypes.bfloat16)).dtype == np.float32
        assert as_data(np.array([[-8, 7]], ml_dtypes.int4)).tolist() == [[-8, 7]]

    def test_colors(self, jnp: Any) -> None:
        assert seen(jnp.asarray([[[255, 0, 0]]], "uint8")) == [[[255, 0, 0]]]


class TestTinygrad:
    @pytest.fixture
    def tinygrad(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setenv("DEV", "PYTHON")  # which needs no compiler
        return pytest.importorskip("tinygrad")

    @pytest.mark.parametrize("dtype", ["half", "bfloat16", "float32"])
    def test_floats_of_every_size(self, tinygrad: Any, dtype: str) -> None:
        tensor = tinygrad.Tensor(UNIT.tolist()).cast(getattr(tinygrad.dtypes, dtype))
        assert seen(tensor) == SEEN

    def test_colors(self, tinygrad: Any) -> None:
        assert seen(tinygrad.Tensor([[[255, 0, 0]]], dtype=tinygrad.dtypes.uint8)) == [[[255, 0, 0]]]
