"""Sharpness-aware minimization: a minimum that is wide, not one that a small change destroys.

A network with few photos finds weights that fit them all, and many such weights there are. Those
in a wide valley do well on new photos too, more often than those in a narrow one. So each step
asks where, within a small radius, the loss is largest, and goes down by the slope found *there*
(Foret et al., "Sharpness-aware minimization for efficiently improving generalization", ICLR 2021,
algorithm 1). It helps most where photos are few and some labels are wrong (the same, section
3.3), and costs a second pass through the network.
"""

import torch


def gradient_nearby(loss_of, parameters, radius):
    """Leave in each parameter's ``grad`` the slope at the worst place within the radius.

    Parameters
    ----------
    loss_of : callable
        Computes the loss, a tensor with one number, with the parameters as they are.
    parameters : list of torch.nn.Parameter
        What is trained; they are as they were when it returns.
    radius : float
        How far away to look: length of the change of all parameters together. 0 gives the plain
        gradient.

    Returns
    -------
    torch.Tensor
        The loss at the parameters themselves.
    """
    loss = _backward(loss_of, parameters)
    if radius == 0:
        return loss
    with torch.no_grad():
        slopes = [p.grad for p in parameters]
        length = torch.sqrt(sum((slope**2).sum() for slope in slopes))
        steps = [slope * (radius / (length + 1e-12)) for slope in slopes]
        before = [p.clone() for p in parameters]
        for p, step in zip(parameters, steps):
            p.add_(step)
    _backward(loss_of, parameters)
    with torch.no_grad():
        for p, value in zip(parameters, before):
            p.copy_(value)
    return loss


def _backward(loss_of, parameters):
    for p in parameters:
        p.grad = None
    loss = loss_of()
    loss.backward()
    return loss.detach()
