"""The gradient is that of the worst place nearby, and the parameters stay where they were."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lowres_kit.learn.training import gradient_nearby


def parameter(*values):
    return torch.nn.Parameter(torch.tensor(values, dtype=torch.float64))


def test_radius_zero_is_the_plain_gradient():
    p = parameter(3.0, -2.0)
    loss = gradient_nearby(lambda: (p**2).sum(), [p], 0)
    assert loss == 13 and p.grad.tolist() == [6, -4]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=5), st.floats(0.01, 2))
def test_bowl_against_the_formula(values, radius):
    """The slope of |p|² is 2 p, so it is asked for at p (1 + radius / |p|)."""
    length = np.linalg.norm(values)
    if length < 0.1:
        return
    one, other = parameter(*values[:1]), parameter(*values[1:])
    before = one.detach().clone(), other.detach().clone()
    loss = gradient_nearby(lambda: (one**2).sum() + (other**2).sum(), [one, other], radius)
    assert float(loss) == pytest.approx(length**2)
    assert torch.equal(one, before[0]) and torch.equal(other, before[1])
    found = [*one.grad.tolist(), *other.grad.tolist()]
    assert found == pytest.approx([2 * v * (1 + radius / length) for v in values], abs=1e-9)


def test_what_is_not_trained_keeps_no_gradient():
    p, still = parameter(1.0), parameter(2.0)
    still.requires_grad_(False)
    gradient_nearby(lambda: (p * still).sum(), [p], 0.1)
    assert still.grad is None and p.grad.item() == 2
