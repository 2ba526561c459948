"""StyleGAN1 generator with the parameter names of genforce's implementation.

Karras et al. 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks": AdaIN after every layer, a
picture read-out per resolution, and levels of detail that blend two of them (lod 0 is full resolution).
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F
from fused import adain, finish
from layers import SQRT2, Dense, constant_noise, conv, expand_phases, interleave, nearest_upsampling

PHASES = nearest_upsampling()


class Mapping(nn.Module):
    def __init__(self, z_dim, w_dim, layers, width):
        super().__init__()
        for i in range(layers):
            setattr(self, f"dense{i}", Dense(z_dim if i == 0 else width, w_dim if i == layers - 1 else width, 0.01, gain=SQRT2))
        self.depth = layers

    def forward(self, z):
        x = z * torch.rsqrt((z * z).mean(1, keepdim=True) + 1e-8)
        for i in range(self.depth):
            x = F.leaky_relu(getattr(self, f"dense{i}")(x), 0.2)
        return x


class Truncation(nn.Module):
    def __init__(self, w_dim):
        super().__init__()
        self.register_buffer("w_avg", torch.zeros(w_dim))


class Noise(nn.Module):
    def __init__(self, resolution, channels, name):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))
        self.register_buffer("noise", constant_noise(name, (1, 1, resolution, resolution)), persistent=False)


class Layer(nn.Module):
    """kind: const | up | conv"""

    def __init__(self, inputs, outputs, resolution, w_dim, kind, index):
        super().__init__()
        self.kind, self.resolution, self.key = kind, resolution, (resolution, 1 if kind == "conv" else 0)
        self.fused = kind == "up" and resolution >= 128  # there the transposed convolution sees the kernel mirrored
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.apply_noise = Noise(resolution, outputs, f"synthesis.layer{index}.apply_noise.noise")
        self.style = Dense(w_dim, 2 * outputs)
        if kind == "const":
            self.const = nn.Parameter(torch.ones(1, inputs, resolution, resolution))
        else:
            self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
            self.gain = SQRT2 / math.sqrt(9 * inputs)

    def forward(self, x, w, noise):
        if self.kind != "const":
            weight = self.weight * self.gain
            if self.kind == "up":
                weight = weight.flip(2, 3) if self.fused else weight
                x = interleave(conv(x, expand_phases(weight.to(x.dtype), PHASES)))
                x = F.avg_pool2d(F.avg_pool2d(x, 2, 1, 1), 2, 1)  # [1, 2, 1] / 4 is [1, 1] / 2 twice
            else:
                x = conv(x, weight)
        if noise is not None:
            x = x + noise.to(x.dtype) * self.apply_noise.weight.to(x.dtype)[:, None, None]
        x = finish(x, torch.ones(x.shape[:2], device=x.device), self.bias)
        scale, shift = self.style(w).view(x.shape[0], 2, -1).unbind(1)
        return adain(x, scale + 1, shift)


class Output(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(3))
        self.weight = nn.Parameter(torch.randn(3, inputs, 1, 1))
        self.gain = 1 / math.sqrt(inputs)

    def forward(self, x):
        return conv(x, self.weight * self.gain, 0).float() + self.bias[:, None, None]


class Synthesis(nn.Module):
    def __init__(self, resolution, w_dim, base, maximum):
        super().__init__()
        self.resolutions = [4 << k for k in range(int(math.log2(resolution)) - 1)]
        self.register_buffer("lod", torch.zeros(()))
        channels = lambda r: min(base // r, maximum)
        for k, r in enumerate(self.resolutions):
            first = Layer(channels(4), channels(4), 4, w_dim, "const", 0) if k == 0 else Layer(channels(r // 2), channels(r), r, w_dim, "up", 2 * k)
            setattr(self, f"layer{2 * k}", first)
            setattr(self, f"layer{2 * k + 1}", Layer(channels(r), channels(r), r, w_dim, "conv", 2 * k + 1))
            setattr(self, f"output{k}", Output(channels(r)))


class Generator(nn.Module):
    family = "stylegan1"

    def __init__(self, resolution=1024, z_space_dim=512, w_space_dim=512, mapping_layers=8, mapping_fmaps=512, fmaps_base=16 << 10, fmaps_max=512):
        super().__init__()
        self.config = {"resolution": resolution, "z_space_dim": z_space_dim, "w_space_dim": w_space_dim, "mapping_layers": mapping_layers,
                       "mapping_fmaps": mapping_fmaps, "fmaps_base": fmaps_base, "fmaps_max": fmaps_max}
        self.mapping = Mapping(z_space_dim, w_space_dim, mapping_layers, mapping_fmaps)
        self.truncation = Truncation(w_space_dim)
        self.synthesis = Synthesis(resolution, w_space_dim, fmaps_base, fmaps_max)
        self.resolution, self.resolutions = resolution, self.synthesis.resolutions
        self.num_ws, self.dtype = 2 * len(self.resolutions), torch.float32

    @property
    def w_avg(self):
        return self.truncation.w_avg

    def pick_noise(self, layer, noise):
        if noise == "const":
            return layer.apply_noise.noise
        return noise.get(layer.key) if isinstance(noise, dict) else None

    def block(self, r, x, ws, noise):
        """features of resolution r from those of r / 2"""
        k = self.resolutions.index(r)
        first, second = getattr(self.synthesis, f"layer{2 * k}"), getattr(self.synthesis, f"layer{2 * k + 1}")
        if k == 0:
            x = first.const.to(self.dtype).expand(ws.shape[0], -1, -1, -1).contiguous(memory_format=torch.channels_last)
        x = first(x, ws[:, 2 * k], self.pick_noise(first, noise))
        return second(x, ws[:, 2 * k + 1], self.pick_noise(second, noise))

    def read_out(self, r, x):
        return getattr(self.synthesis, f"output{self.resolutions.index(r)}")(x)

    def synthesize(self, ws, top=None, noise="const", tap=None):
        """ws [N, num_ws, w_dim] -> {resolution: picture of that integer lod} up to `top`"""
        x, out = None, {}
        for r in self.resolutions:
            if r > (top or self.resolution):
                break
            x = self.block(r, x, ws, noise)
            out[r] = self.read_out(r, x)
            if tap:
                tap(r, x)
        return out

    def blend(self, pictures, lod):
        """{resolution: picture}, lod -> the picture at that level, in its own size (fractional: a blend of two)"""
        r = self.resolution >> math.floor(lod)
        share = lod - math.floor(lod)
        if share == 0:
            return pictures[r]
        return pictures[r] * (1 - share) + F.interpolate(pictures[r // 2], scale_factor=2, mode="nearest") * share

    def picture(self, z, psi=1.0, noise="const"):
        """[N, 512] -> [N, 3, R, R]"""
        w = self.mapping(z)
        w = self.w_avg + (w - self.w_avg) * psi
        return self.synthesize(w[:, None].expand(-1, self.num_ws, -1), noise=noise)[self.resolution]

    def affines(self):
        """name, layer, index of its style input"""
        for i in range(self.num_ws):
            yield f"synthesis.layer{i}.style", getattr(self.synthesis, f"layer{i}").style, i
