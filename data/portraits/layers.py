"""Building blocks of both generators, written for bfloat16 feature maps on a CPU (AMX) or a GPU, with float32 parameters.

Upsampling convolutions run as one 3x3 convolution with four times the channels (one set per output phase), then an interleave:
transposed convolutions are slow, or wrong in bfloat16, on CPUs.
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F
from hashing import normals

SQRT2 = math.sqrt(2)


def phase_matrix(taps):
    """1-D polyphase form: taps[d] multiplies x[i] in output 2 i + d -> callable kernel rows [phase 2, offset 3, tap index]

    taps: dict d -> {a: coefficient}: the weight of kernel tap a in displacement d"""
    m = torch.zeros(2, 3, 3)
    for p in range(2):
        for t in range(3):
            for a, c in taps.get(p - 2 * (t - 1), {}).items():
                m[p, t, a] = c
    return m


def blurred_upsampling():
    """transposed 3-tap convolution, then [1, 3, 3, 1] / 4 (StyleGAN2's up = 2)"""
    f = [0.25, 0.75, 0.75, 0.25]
    taps = {d: {a: f[a - d + 1] for a in range(3) if 0 <= a - d + 1 <= 3} for d in range(-2, 4)}
    return phase_matrix(taps)


def nearest_upsampling():
    """nearest neighbour times 2, then a 3-tap convolution (StyleGAN1)"""
    m = torch.zeros(2, 3, 3)
    m[0, 0, 0] = m[0, 1, 1] = m[0, 1, 2] = 1
    m[1, 1, 0] = m[1, 1, 1] = m[1, 2, 2] = 1
    return m


def expand_phases(weight, matrix):
    """[O, I, 3, 3], [2, 3, 3] -> [4 O, I, 3, 3] in channels_last memory: output channel (phase y, phase x, o)"""
    o, i = weight.shape[:2]
    k = torch.einsum("pta,qsb->pqtsab", matrix, matrix).reshape(36, 9).to(weight)
    w = torch.matmul(k, weight.permute(0, 2, 3, 1).reshape(o, 9, i))  # [O, 36, I]
    return w.view(o, 4, 9, i).transpose(0, 1).reshape(4 * o, 3, 3, i).permute(0, 3, 1, 2)


def interleave(x):
    """[N, 4 O, h, w], channels (phase y, phase x, o) -> [N, O, 2 h, 2 w]; cheap in channels_last memory"""
    n, c, h, w = x.shape
    y = x.permute(0, 2, 3, 1).reshape(n, h, w, 2, 2, c // 4).transpose(2, 3)  # [N, h, phase y, w, phase x, O]
    return y.reshape(n, 2 * h, 2 * w, c // 4).permute(0, 3, 1, 2)


def upsample_picture(x):
    """[N, 3, h, w] float32 -> twice the size by the [1, 3, 3, 1] filter"""
    x = F.pad(x, (1, 1, 1, 1))
    near, far = 0.75, 0.25
    rows = torch.stack([x[:, :, 1:-1] * near + x[:, :, :-2] * far, x[:, :, 1:-1] * near + x[:, :, 2:] * far], 3).flatten(2, 3)
    return torch.stack([rows[..., 1:-1] * near + rows[..., :-2] * far, rows[..., 1:-1] * near + rows[..., 2:] * far], 4).flatten(3, 4)


def constant_noise(parameter, shape):
    """the buffer that the book's loader makes for a noise parameter of that official name"""
    return torch.from_numpy(normals("noise/" + parameter, shape)).float()


class Dense(nn.Module):
    """equalised linear layer: y = x (gain W)^T + lr b; `center` (of w) is subtracted from x in training"""

    def __init__(self, inputs, outputs, lr=1.0, bias=0.0, gain=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr)
        self.bias = nn.Parameter(torch.full([outputs], float(bias)))
        self.gain, self.lr = gain * lr / math.sqrt(inputs), lr

    def forward(self, x):
        return F.linear(x, self.weight * self.gain, self.bias * self.lr)


def conv(x, weight, padding=1):
    return F.conv2d(x, weight.to(x.dtype).contiguous(memory_format=torch.channels_last), padding=padding)


def crop(x, window):
    """[N, C, H, W], (y [N], x [N], size) -> [N, C, size, size]"""
    ys, xs, size = window
    return torch.stack([x[i, :, y:y + size, c:c + size] for i, (y, c) in enumerate(zip(ys.tolist(), xs.tolist()))]).contiguous(
        memory_format=torch.channels_last)
