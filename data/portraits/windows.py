"""Windows: training the high resolutions of StyleGAN2 on a part of the picture, for a part of the price.

The blocks up to `base` run whole. From there each block sees a crop that is just large enough for the window wanted at
`top`: an upsampling block with 3x3 kernels spoils 3 pixels at each border of its output, unless that is the border of the
picture itself, where zero padding is right. A window's pixels equal those of the whole picture.
"""
import torch
from layers import crop
from render import face_window

SPOILT = 3


class Plan:
    """crops for a window of `size` pixels at `top`, per resolution: position (y, x) [N] and side"""

    def __init__(self, base, top, size, y, x):
        """y, x [N]: the window's corner at `top`, multiples of top / base"""
        self.base, self.top, self.size = base, top, size
        self.crops, side = {top: (y, x, size)}, size
        r = top
        while r > base:
            r //= 2
            side = min((side + 2 * SPOILT + 1) // 2 + 1, r)
            limit = r - side
            y = torch.div(y - SPOILT, 2, rounding_mode="floor").clamp(0, limit)
            x = torch.div(x - SPOILT, 2, rounding_mode="floor").clamp(0, limit)
            self.crops[r] = (y, x, side)

    def first(self, tensor):
        """cuts what the whole resolution `base` gives"""
        return crop(tensor, self.crops[self.base])

    def cut(self, tensor, r):
        """from a block's raw output (twice the crop of r / 2) to the crop of r"""
        y0, x0, _ = self.crops[r // 2]
        y, x, side = self.crops[r]
        return crop(tensor, (y - 2 * y0, x - 2 * x0, side))

    def raw(self, r):
        """position and side of a block's raw output at r, for its noise"""
        y, x, side = self.crops[r // 2]
        return 2 * y, 2 * x, 2 * side

    def final(self, tensor, r):
        """from the crop of r to the pixels that the window shows at r"""
        k = self.top // r
        y, x, _ = self.crops[r]
        ty, tx, size = self.crops[self.top]
        return crop(tensor, (ty // k - y, tx // k - x, size // k))

    def of_whole(self, tensor):
        """the window's pixels cut from a whole tensor [N, C, r, r] of r <= top"""
        k = self.top // tensor.shape[-1]
        y, x, size = self.crops[self.top]
        return crop(tensor, (y // k, x // k, size // k))


def choose(factors, base, top, size, face_share, generator=None):
    """random windows, most of them on the face -> y, x [N], multiples of top / base"""
    y0, x0, y1, x1 = face_window(factors)
    n = y0.shape[0]
    u, v = torch.rand(2, n, generator=generator).to(y0.device)
    on_face = (torch.rand(n, generator=generator) < face_share).to(y0.device)
    half = size / top / 2
    inner = lambda a, b, t: a + (b - a) * t
    cy = torch.where(on_face, inner(y0, y1, u), inner(half * 0.5, 1 - half * 0.5, u))
    cx = torch.where(on_face, inner(x0, x1, v), inner(half * 0.5, 1 - half * 0.5, v))
    step = top // base
    corner = lambda c: (((c - half) * top / step).round().long() * step).clamp(0, top - size)
    return corner(cy), corner(cx)


def synthesize_window(generator, ws, plan, noise, tap=None):
    """StyleGAN2 on windows -> {resolution: picture}; whole up to plan.base, the crops of the plan above.

    noise: {(resolution, 0): [N, 1, r, r]} whole maps. tap(resolution, features of the crop)"""
    x = picture = None
    out = {}
    for r in generator.resolutions:
        if r > plan.top:
            break
        local = {k: crop(m, plan.raw(r)) for k, m in (noise or {}).items() if k[0] == r} if r > plan.base else None
        x, picture = generator.block(r, x, picture, ws, local)
        if r <= plan.base:
            out[r] = picture
        if tap and r <= plan.base:
            tap(r, x)
        if r == plan.base and r < plan.top:
            x, picture = plan.first(x), plan.first(picture)
        elif r > plan.base:
            x, picture = plan.cut(x, r), plan.cut(picture, r)
            out[r] = picture
            if tap:
                tap(r, x)
    return out
