"""Measures of pictures: PSNR, SSIM, Laplacian pyramids, gradient energy, sliced Wasserstein distance.

Pictures are [N, 3, h, w] float32 in -1..1.
"""
import math
import torch
import torch.nn.functional as F


def psnr(a, b, mask=None):
    """-> [N] decibels (peak to peak 2); `mask` [N, 1, h, w] of 0 and 1 limits it to a region"""
    e = (a - b) ** 2
    mean = e.mean([1, 2, 3]) if mask is None else (e * mask).sum([1, 2, 3]) / (3 * mask.sum([1, 2, 3]))
    return 10 * torch.log10(4 / mean.clamp(min=1e-12))


def ssim(a, b, mask=None):
    """-> [N] structural similarity of the luma, 11-pixel Gaussian window of sigma 1.5 (Wang et al. 2004)"""
    t = torch.arange(11, dtype=torch.float32) - 5
    k = torch.exp(-t * t / 4.5)
    k = k / k.sum()
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    x, y = ((v * luma).sum(1, keepdim=True) for v in (a, b))
    blur = lambda v: F.conv2d(F.conv2d(v, k.view(1, 1, 11, 1), padding=(5, 0)), k.view(1, 1, 1, 11), padding=(0, 5))
    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    s = (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return s.mean([1, 2, 3]) if mask is None else (s * mask).sum([1, 2, 3]) / mask.sum([1, 2, 3])


def laplacian_pyramid(x, smallest=16):
    """-> {resolution: band [N, 3, r, r]}, the last one low-pass"""
    k = torch.tensor([1., 4., 6., 4., 1.]) / 16
    k = (k[:, None] * k[None])[None, None].expand(3, 1, 5, 5)
    out = {}
    while x.shape[-1] > smallest:
        low = F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), k, groups=3)[:, :, ::2, ::2]
        up = torch.zeros_like(x)
        up[:, :, ::2, ::2] = low * 4
        out[x.shape[-1]] = x - F.conv2d(F.pad(up, (2, 2, 2, 2), mode="reflect"), k, groups=3)
        x = low
    out[x.shape[-1]] = x
    return out


def band_energy(x, smallest=16):
    """-> {resolution: mean square of the Laplacian band}: how much detail there is of each size"""
    return {r: float((b ** 2).mean()) for r, b in laplacian_pyramid(x, smallest).items()}


def patches(x, per_picture, generator):
    """7x7 neighbourhoods of each band -> {resolution: [N * per_picture, 147]} (Karras et al. 2018, section 5)"""
    out = {}
    for r, band in laplacian_pyramid(x).items():
        n = band.shape[0]
        i = torch.arange(n)[:, None].expand(n, per_picture).reshape(-1)
        y = torch.randint(0, r - 6, (len(i),), generator=generator)
        c = torch.randint(0, r - 6, (len(i),), generator=generator)
        d = torch.arange(7)
        out[r] = band[i[:, None, None], :, y[:, None, None] + d[None, :, None], c[:, None, None] + d[None, None, :]].permute(0, 3, 1, 2).reshape(len(i), -1)
    return out


def sliced_wasserstein(a, b, directions=256, seed=0):
    """two sets of descriptors of one level -> distance times 1000; each is normalised per channel by the statistics of b (the real one)"""
    b3 = b.view(len(b), 3, -1)
    mean, std = b3.mean([0, 2], keepdim=True), b3.std([0, 2], keepdim=True) + 1e-8
    a, b = (((v.view(len(v), 3, -1) - mean) / std).flatten(1) for v in (a, b))
    n = min(len(a), len(b))
    d = torch.randn(a.shape[1], directions, generator=torch.Generator().manual_seed(seed))
    d = d / d.norm(dim=0)
    pa, pb = (a[:n] @ d).sort(0)[0], (b[:n] @ d).sort(0)[0]
    return 1000 * float((pa - pb).abs().mean())


def ridge(features, targets, strength=1.0):
    """least squares with a penalty -> function features -> targets"""
    mean, t_mean = features.mean(0), targets.mean(0)
    x = (features - mean).double()
    w = torch.linalg.solve(x.t() @ x + strength * torch.eye(x.shape[1], dtype=torch.float64), x.t() @ (targets - t_mean).double()).float()
    return lambda f: (f - mean) @ w + t_mean


def r_squared(true, got):
    """[N, k] -> [k]"""
    return 1 - ((true - got) ** 2).mean(0) / true.var(0).clamp(min=1e-12)


def mean_and_error(values):
    """[N] -> mean, standard error"""
    return float(values.mean()), float(values.std() / math.sqrt(len(values)))
