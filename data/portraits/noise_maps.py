"""Fine texture from noise maps that the generator is fed too, so that what the noise changes can be supervised."""
import math
import torch
import torch.nn.functional as F

MAP_SIZES = (128, 256, 512)  # the first layer's noise at these resolutions carries the texture


class NoTexture:
    """the mean picture over all textures"""

    def __init__(self, s):
        self.zero = torch.zeros_like(s.X)

    def __call__(self, fx, fy):
        return self.zero


class MapTexture:
    """texture read from {size: [N, 1, size, size]} standard normal maps in picture coordinates"""

    def __init__(self, maps):
        self.maps = maps

    def __call__(self, s):
        maps = self.maps

        def get(size, row=0):
            if size not in maps or size * s.px > 4.1:  # finer than the picture: faded out
                return torch.zeros_like(s.X)
            at = torch.stack([s.X0, s.Y0 + row * 2.0 / size], -1)
            return F.grid_sample(maps[size], at, mode="bilinear", padding_mode="border", align_corners=False)[:, 0]

        def texture(fx, fy):
            """cells per unit, across and down; tall cells (strands) are short vertical runs of the map"""
            finest = max(fx, fy)
            if finest < 20:
                return torch.zeros_like(s.X)
            if fy < 8:
                size = 256 if fx > 40 else 128
                return (get(size, -1) + get(size) + get(size, 1)) / math.sqrt(3) * 1.3
            return get(512 if finest > 100 else 256) * 1.2

        return texture


def random_maps(count, size, generator=None, device="cpu"):
    """fresh maps for pictures of that size"""
    return {r: torch.randn(count, 1, r, r, generator=generator, device=device) for r in MAP_SIZES if r <= size}
