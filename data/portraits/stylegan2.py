"""StyleGAN2 generator (skip architecture) with the parameter names of NVlabs' stylegan2-ada-pytorch.

Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN". Modulation acts on the activations, demodulation
after the convolution: the same numbers as modulated weights.
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F
from fused import finish, modulate
from layers import SQRT2, Dense, blurred_upsampling, constant_noise, conv, expand_phases, interleave, upsample_picture

PHASES = blurred_upsampling()


class Mapping(nn.Module):
    def __init__(self, z_dim, w_dim, layers):
        super().__init__()
        for i in range(layers):
            setattr(self, f"fc{i}", Dense(z_dim if i == 0 else w_dim, w_dim, 0.01))
        self.depth = layers
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, z):
        x = z * torch.rsqrt((z * z).mean(1, keepdim=True) + 1e-8)
        for i in range(self.depth):
            x = F.leaky_relu(getattr(self, f"fc{i}")(x), 0.2) * SQRT2
        return x


class SynthesisLayer(nn.Module):
    def __init__(self, inputs, outputs, w_dim, resolution, up, name):
        super().__init__()
        self.up, self.resolution, self.key = up, resolution, (resolution, 0 if up else 1)
        self.affine = Dense(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.gain = 1 / math.sqrt(inputs * 9)
        self.noise_strength = nn.Parameter(torch.zeros([]))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("noise_const", constant_noise(name + ".noise_const", (resolution, resolution)), persistent=False)

    def forward(self, x, w, noise):
        """x [N, I, h, w], w [N, w_dim], noise None | [1 or N, 1, H, W] -> [N, O, H, W]"""
        style = self.affine(w)
        weight = self.weight * self.gain
        demodulation = torch.rsqrt((style * style) @ (weight * weight).sum([2, 3]).t() + 1e-8) * SQRT2
        y = modulate(x, style)
        y = interleave(conv(y, expand_phases(weight.to(x.dtype), PHASES))) if self.up else conv(y, weight)
        if noise is None:
            return finish(y, demodulation, self.bias * SQRT2)
        y = torch.addcmul((self.bias * SQRT2).to(x.dtype)[:, None, None], y, demodulation.to(x.dtype)[:, :, None, None])
        return F.leaky_relu_(y + (noise * (self.noise_strength * SQRT2)).to(x.dtype), 0.2)


class ToRGB(nn.Module):
    def __init__(self, inputs, w_dim):
        super().__init__()
        self.affine = Dense(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(3, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(3))
        self.gain = 1 / math.sqrt(inputs)

    def forward(self, x, w):
        y = modulate(x, self.affine(w) * self.gain)
        return conv(y, self.weight, 0).float() + self.bias[:, None, None]


class Block(nn.Module):
    def __init__(self, inputs, outputs, w_dim, resolution):
        super().__init__()
        name = f"synthesis.b{resolution}"
        if inputs == 0:
            self.const = nn.Parameter(torch.randn(outputs, resolution, resolution))
        else:
            self.conv0 = SynthesisLayer(inputs, outputs, w_dim, resolution, True, name + ".conv0")
        self.conv1 = SynthesisLayer(outputs, outputs, w_dim, resolution, False, name + ".conv1")
        self.torgb = ToRGB(outputs, w_dim)


class Synthesis(nn.Module):
    def __init__(self, resolution, w_dim, channel_base, channel_max):
        super().__init__()
        self.resolutions = [4 << k for k in range(int(math.log2(resolution)) - 1)]
        channels = lambda r: min(channel_base // r, channel_max)
        for r in self.resolutions:
            setattr(self, f"b{r}", Block(0 if r == 4 else channels(r // 2), channels(r), w_dim, r))


class Generator(nn.Module):
    family = "stylegan2"

    def __init__(self, z_dim=512, c_dim=0, w_dim=512, img_resolution=1024, img_channels=3, mapping_kwargs=None, synthesis_kwargs=None):
        super().__init__()
        s = dict(synthesis_kwargs or {})
        self.config = {"z_dim": z_dim, "c_dim": 0, "w_dim": w_dim, "img_resolution": img_resolution, "img_channels": 3,
                       "mapping_kwargs": {"num_layers": (mapping_kwargs or {}).get("num_layers", 8)},
                       "synthesis_kwargs": {"channel_base": s.get("channel_base", 32768), "channel_max": s.get("channel_max", 512), "num_fp16_res": 0}}
        k = self.config["synthesis_kwargs"]
        self.synthesis = Synthesis(img_resolution, w_dim, k["channel_base"], k["channel_max"])
        self.mapping = Mapping(z_dim, w_dim, self.config["mapping_kwargs"]["num_layers"])
        self.resolution, self.resolutions = img_resolution, self.synthesis.resolutions
        self.num_ws, self.dtype = 2 * len(self.resolutions), torch.float32

    @property
    def w_avg(self):
        return self.mapping.w_avg

    def pick_noise(self, layer, noise):
        if noise == "const":
            return layer.noise_const[None, None]
        return noise.get(layer.key) if isinstance(noise, dict) else None

    def block(self, r, x, picture, ws, noise):
        """one resolution -> features, skip picture. ws [N, num_ws, w_dim]"""
        b, i = getattr(self.synthesis, f"b{r}"), 2 * self.resolutions.index(r) - 1
        if r == 4:
            x = b.const.to(self.dtype)[None].expand(ws.shape[0], -1, -1, -1).contiguous(memory_format=torch.channels_last)
        else:
            x = b.conv0(x, ws[:, i], self.pick_noise(b.conv0, noise))
        x = b.conv1(x, ws[:, i + 1], self.pick_noise(b.conv1, noise))
        y = b.torgb(x, ws[:, i + 2])
        return x, y if picture is None else upsample_picture(picture) + y

    def synthesize(self, ws, top=None, noise="const", tap=None):
        """ws [N, num_ws, w_dim] -> {resolution: skip picture} up to `top`. tap(resolution, features) sees each block"""
        x = picture = None
        out = {}
        for r in self.resolutions:
            if r > (top or self.resolution):
                break
            x, picture = self.block(r, x, picture, ws, noise)
            out[r] = picture
            if tap:
                tap(r, x)
        return out

    def picture(self, z, psi=1.0, noise="const"):
        """[N, 512] -> [N, 3, R, R]"""
        w = self.mapping(z)
        w = self.w_avg + (w - self.w_avg) * psi
        return self.synthesize(w[:, None].expand(-1, self.num_ws, -1), noise=noise)[self.resolution]

    def affines(self):
        """name, layer, index of its style input -> iterator over every affine layer"""
        for k, r in enumerate(self.resolutions):
            b = getattr(self.synthesis, f"b{r}")
            if r > 4:
                yield f"synthesis.b{r}.conv0.affine", b.conv0.affine, 2 * k - 1
            yield f"synthesis.b{r}.conv1.affine", b.conv1.affine, 2 * k
            yield f"synthesis.b{r}.torgb.affine", b.torgb.affine, 2 * k + 1
