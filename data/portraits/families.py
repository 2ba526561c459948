"""The two generators by name, and what the trainer has to know about each of them."""
import math
import re
import torch
import stylegan1
import stylegan2

LITE = {"stylegan2": {"z_dim": 512, "c_dim": 0, "w_dim": 512, "img_resolution": 1024, "img_channels": 3, "mapping_kwargs": {"num_layers": 8},
                      "synthesis_kwargs": {"channel_base": 8192, "channel_max": 128, "num_fp16_res": 0}},
        "stylegan1": {"resolution": 1024, "z_space_dim": 512, "w_space_dim": 512, "mapping_layers": 8, "mapping_fmaps": 512, "fmaps_base": 4096,
                      "fmaps_max": 128}}
FULL = {"stylegan2": {**LITE["stylegan2"], "synthesis_kwargs": {"channel_base": 32768, "channel_max": 512, "num_fp16_res": 0}},
        "stylegan1": {**LITE["stylegan1"], "fmaps_base": 16384, "fmaps_max": 512}}
# for tests: 128 px, a few channels
TINY = {"stylegan2": {**LITE["stylegan2"], "img_resolution": 128, "synthesis_kwargs": {"channel_base": 512, "channel_max": 16, "num_fp16_res": 0}},
        "stylegan1": {**LITE["stylegan1"], "resolution": 128, "fmaps_base": 512, "fmaps_max": 16}}
WIDTHS = {"lite": LITE, "full": FULL, "tiny": TINY}


def make(family, config):
    """-> a generator with random weights"""
    return {"stylegan1": stylegan1, "stylegan2": stylegan2}[family].Generator(**config)


def resolution_of(name):
    """official parameter name -> the resolution it belongs to; 0 for the mapping network"""
    m = re.match(r"synthesis\.(b|layer|output)(\d+)\.", name)
    if not m:
        return 0
    return int(m[2]) if m[1] == "b" else 4 << (int(m[2]) // 2 if m[1] == "layer" else int(m[2]))


@torch.no_grad()
def set_mapping(generator, weights, biases):
    """takes in the effective weights of mapping.py: y = sqrt(2) lrelu(W x + b)"""
    for i, (w, b) in enumerate(zip(weights, biases)):
        if generator.family == "stylegan2":
            layer, k = getattr(generator.mapping, f"fc{i}"), 1.0
        else:
            layer, k = getattr(generator.mapping, f"dense{i}"), math.sqrt(2)
        layer.weight.copy_(w * (k / layer.gain))
        layer.bias.copy_(b * (k / layer.lr))


@torch.no_grad()
def measure_center(generator, count=16384):
    """the mean of w over latents of a fixed seed -> [512]; also stored as w_avg"""
    z = torch.randn(count, 512, generator=torch.Generator().manual_seed(9))
    center = torch.cat([generator.mapping(v.to(generator.w_avg.device)) for v in z.split(4096)]).mean(0)
    generator.w_avg.copy_(center)
    return center


@torch.no_grad()
def shift_affines(generator, offset):
    """rewrites every affine layer for inputs w - offset instead of w (a negative offset undoes it).

    Training runs on centred w: the common offset of w would otherwise dominate every gradient of the affine layers."""
    for _, layer, _ in generator.affines():
        layer.bias += layer.weight @ offset * layer.gain / layer.lr
