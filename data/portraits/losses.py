"""Supervised losses: pictures against the renderer's, and auxiliary read-outs against its geometry buffers."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from render import BUFFERS, COARSE_BUFFERS

FACE_WEIGHT = 3.0


def face_weight(buffers, more=FACE_WEIGHT):
    """[N, 36, h, w] in -1..1 -> [N, 1, h, w]: 1, and `more` on top on eyes, brows, nose and mouth"""
    u, v, facing = (buffers[:, BUFFERS.index(n)] for n in ("U", "V", "facing"))
    inside = (facing > 0.1) & (u.abs() < 0.55) & (v > -0.28) & (v < 0.62)
    return 1 + more * inside.float().unsqueeze(1)


def picture_loss(got, true, weight=None, squared=0.0):
    """mean absolute error, `squared` times the mean squared error, and half the mean absolute error of horizontal and vertical
    differences. The squared term pulls hardest where the error is largest: a pupil or a mouth that is missing."""
    e = got - true
    a = e.abs() + squared * e * e if squared else e.abs()
    gx, gy = (e[..., 1:] - e[..., :-1]).abs(), (e[:, :, 1:] - e[:, :, :-1]).abs()
    if weight is None:
        return a.mean() + 0.5 * (gx.mean() + gy.mean())
    norm = weight.mean()
    return ((a * weight).mean() + 0.5 * ((gx * weight[..., 1:]).mean() + (gy * weight[:, :, 1:]).mean())) / norm


class BufferHeads(nn.Module):
    """1x1 read-outs of the geometry buffers from the features of some resolutions; used in training only"""

    def __init__(self, channels):
        super().__init__()
        self.heads = nn.ModuleDict({str(r): nn.Conv2d(c, len(COARSE_BUFFERS) if r == 8 else len(BUFFERS), 1) for r, c in channels.items()})

    def loss(self, r, features, buffers, weight, k=None):
        """features [N, C, r, r]; buffers [N, 36, 64, 64] and weight [N, 1, 64, 64], both pooled by k (64 / r) here"""
        head = self.heads[str(r)]
        got = F.conv2d(features, head.weight.to(features.dtype)).float() + head.bias[:, None, None]
        k = k or buffers.shape[-1] // r
        true = F.avg_pool2d(buffers, k) if k > 1 else buffers
        w = F.avg_pool2d(weight, k) if k > 1 else weight
        return ((got - true[:, :got.shape[1]]).abs() * w).mean() / w.mean()
