"""Starts StyleGAN1's untrained levels as copies of the level below, so that they begin with its picture, enlarged.

Three channels carry the picture: the kernels' middle taps read it off, a bias keeps it in the linear part of the leaky ReLU, and
the style restores the mean and standard deviation that instance normalisation takes away; both are fitted from w by least
squares. The other channels stay random, for training to use. (StyleGAN2 needs none of it: its read-outs add up.)
"""
import torch
from data_pool import layer_styles

LIFT = 3.0  # keeps the picture positive


@torch.no_grad()
def fit_statistics(generator, w, top):
    """centred w [3, N, 512] -> [513, 6]: per-channel mean and standard deviation of the picture at `top`, linear in the fine w"""
    rows = []
    for i in range(0, w.shape[1], 32):
        x = generator.synthesize(layer_styles(w[:, i:i + 32], generator.num_ws), top=top, noise=None)[top]
        rows.append(torch.cat([x.mean([2, 3]), x.std([2, 3], unbiased=False)], 1))
    y = torch.cat(rows)
    x = torch.cat([w[2], torch.ones(w.shape[1], 1)], 1).double()
    penalty = 0.5 * torch.eye(513, dtype=torch.float64) * len(x) / 100
    penalty[-1, -1] = 0
    return torch.linalg.solve(x.t() @ x + penalty, x.t() @ y.double()).float()


@torch.no_grad()
def grow(generator, w, top):
    """levels above `top` become the picture at `top`, enlarged; w [3, N, 512] of some hundred portraits, centred"""
    fit = fit_statistics(generator, w, top)
    source = getattr(generator.synthesis, f"output{generator.resolutions.index(top)}")
    read, bias = source.weight[:, :, 0, 0] * source.gain, source.bias.clone()
    for r in [r for r in generator.resolutions if r > top]:
        k = generator.resolutions.index(r)
        for layer in (getattr(generator.synthesis, f"layer{2 * k}"), getattr(generator.synthesis, f"layer{2 * k + 1}")):
            layer.weight[:3] = 0
            layer.weight[:3, :, 1, 1] = read / layer.gain
            layer.bias[:3] = bias + LIFT
            channels, style = len(layer.bias), layer.style
            for c in range(3):
                for row, column, one in ((c, 3 + c, 1.0), (channels + c, c, 0.0)):  # scale + 1, then shift
                    style.weight[row] = fit[:512, column] / style.gain
                    style.bias[row] = fit[512, column] - one
            read, bias = torch.eye(3, channels), torch.zeros(3)
        out = getattr(generator.synthesis, f"output{k}")
        out.weight.zero_()
        out.weight[:, :, 0, 0] = torch.eye(3, len(layer.bias)) / out.gain
        out.bias.zero_()
