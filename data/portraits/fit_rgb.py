"""Fits one picture read-out alone, on stored features: colours in a minute instead of an hour.

    python3 fit_rgb.py --state STATE/sg2.pt --pool STATE/pool --resolution 64

A read-out is bilinear: picture = enlarged lower picture + sum over channels of style_c(w) x_c weight_c. Gradients through the whole
network move its style slowly, though all colour has to come in here. So: run the network once on some thousand portraits, keep the
features x of random pixels, and train the read-out (style, weights, bias) on these with Adam; only the fine part of w is used.
StyleGAN1 has the same form: picture = sum over channels of (scale_c(w) x_c + shift_c(w)) weight_c, x normalised, nothing below.
"""
import argparse
import os
import time
import torch
import torch.nn.functional as F
import families
from data_pool import Pool, layer_styles
from layers import upsample_picture
from target import Target


@torch.no_grad()
def collect(g, pool, r, count, pixels, batch=16):
    """-> features [P, pixels, C] bfloat16, enlarged lower picture and truth [P, pixels, 3], fine w [P, 512]"""
    xs, lows, trues, ws = [], [], [], []
    sg1 = g.family == "stylegan1"
    if sg1:  # without its style the last layer gives the normalised features
        style = getattr(g.synthesis, f"layer{2 * g.resolutions.index(r) + 1}").style
        kept_style = style.weight.clone(), style.bias.clone()
        style.weight.zero_()
        style.bias.zero_()
    for _ in range(count // batch):
        b = pool.batch(batch)
        kept = {}
        out = g.synthesize(layer_styles(b["w"], g.num_ws), top=r, noise=None, tap=lambda q, x: kept.update({q: x}))
        at = torch.randint(r * r, (batch, pixels))
        take = lambda t: t.float().flatten(2).gather(2, at[:, None].expand(-1, t.shape[1], -1)).transpose(1, 2)
        xs.append(take(kept[r]).bfloat16())
        lows.append(torch.zeros(batch, pixels, 3) if sg1 else take(upsample_picture(out[r // 2])))
        trues.append(take(F.avg_pool2d(b["picture"], 64 // r)))
        ws.append(b["w"][2])
    if sg1:
        style.weight.copy_(kept_style[0])
        style.bias.copy_(kept_style[1])
    return [torch.cat(v) for v in (xs, lows, trues, ws)]


def fit(affine, read_out, shifted, data, basis, steps, rate, batch=48):
    """trains the affine layer and the read-out on collected data, in the fine subspace of w, rescaled to unit variance.

    shifted: the affine layer's second half of rows is a shift (StyleGAN1), and its first half a scale less one"""
    x, low, true, w = data
    u = w @ basis
    scale = u.std(0).clamp(min=1e-3)
    u = u / scale
    with torch.no_grad():
        style = ((affine.weight * affine.gain) @ basis * scale).clone()
        offset, weight, bias = affine.bias.clone(), (read_out.weight[:, :, 0, 0] * read_out.gain).clone(), read_out.bias.clone()
        size = x[:200].float().pow(2).mean([0, 1]).sqrt().clamp(min=1e-3)  # channels to unit size: one rate suits all
        weight *= size
    parameters = [p.requires_grad_() for p in (style, offset, weight, bias)]
    optimizer = torch.optim.Adam([{"params": parameters[:2], "lr": rate}, {"params": parameters[2:], "lr": rate * 0.2}], betas=(0.9, 0.99))
    base, total = [g["lr"] for g in optimizer.param_groups], 0.0
    for step in range(steps):
        for g, lr in zip(optimizer.param_groups, base):
            g["lr"] = lr * min(1.0, (step + 1) / 50) * (1 - step / steps)
        i = torch.randint(len(x), (batch,))
        s = u[i] @ style.t() + offset
        gain, shift = (s[:, :len(size)] + 1, s[:, None, len(size):]) if shifted else (s, 0.0)
        got = low[i] + (x[i].float() / size * gain[:, None] + shift / size) @ weight.t() + bias
        e = got - true[i]
        loss = e.abs().mean() + 2 * (e * e).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += float((e.detach() ** 2).mean())
        if (step + 1) % 200 == 0:
            print(f"step {step + 1} mean square {total / 200:.5f}", flush=True)
            total = 0.0
    with torch.no_grad():
        affine.weight.copy_((style / scale) @ basis.t() / affine.gain)
        affine.bias.copy_(offset)
        read_out.weight[:, :, 0, 0] = weight / size / read_out.gain
        read_out.bias.copy_(bias)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--state", required=True)
    p.add_argument("--pool", required=True)
    p.add_argument("--resolution", type=int, default=64)
    p.add_argument("--count", type=int, default=2400)
    p.add_argument("--pixels", type=int, default=160)
    p.add_argument("--steps", type=int, default=1600)
    p.add_argument("--rate", type=float, default=0.02)
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    state, began = torch.load(a.state, map_location="cpu"), time.time()
    g = families.make(state["family"], state["config"])
    g.load_state_dict(state["average"])
    center = families.measure_center(g)
    families.shift_affines(g, center)
    g.requires_grad_(False)
    g.dtype = torch.bfloat16
    pool = Pool(a.pool, g.mapping, center)
    data = collect(g, pool, a.resolution, a.count, a.pixels)
    print(f"{time.time() - began:.0f}s collected", flush=True)
    if g.family == "stylegan1":
        k = g.resolutions.index(a.resolution)
        affine, read_out = getattr(g.synthesis, f"layer{2 * k + 1}").style, getattr(g.synthesis, f"output{k}")
    else:
        read_out = getattr(g.synthesis, f"b{a.resolution}").torgb
        affine = read_out.affine
    fit(affine, read_out, g.family == "stylegan1", data, Target().subspace("fine"), a.steps, a.rate)
    families.shift_affines(g, -center)
    # the features are the average's, so the whole average becomes the state
    state["average"] = g.state_dict()
    state["generator"] = {k: v.clone() for k, v in state["average"].items()}
    state["optimizer"], state["layout"] = None, None
    torch.save(state, a.state + ".tmp")
    os.replace(a.state + ".tmp", a.state)


if __name__ == "__main__":
    main()
