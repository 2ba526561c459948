"""Measures shipped weights against the renderer; writes a table (JSON) for the model card, and sample sheets.

    python3 evaluate.py ../weights/portraits-lite-sg2 --count 256 --out OUT

1. Fidelity on `count` fresh latents at full size, constant noise: PSNR and SSIM, whole picture and face window, beside the mean
   picture's; energy of each Laplacian band against the true pictures' (1 is as much detail).
2. Sliced Wasserstein distance per band against true pictures of other latents, beside the distance of two halves of these.
3. Noise: what constant noise changes (root mean square), and where: hair, skin, cloth, background.
4. Truncation: spread of the pictures and band energy at psi 0 to 1.
5. Mixing: factors are regressed from 32x32 pictures (ridge, trained on true ones); pictures with w 0-3 of A and the rest of B are to
   keep A's coarse factors and take B's fine ones.
Figures come with the standard error of the mean where it is one.
"""
import argparse
import json
import os
import time
import torch
import torch.nn.functional as F
from compiled import fast_render
from export import generator_from, load_shards
from factors import COARSE, FINE, MIDDLE, NAMES, as_matrix, factors_of, latents
from metrics import band_energy, mean_and_error, patches, psnr, r_squared, ridge, sliced_wasserstein, ssim
from noise_maps import MAP_SIZES
from render import BUFFERS, contact_sheet, face_window, save_picture


def constant_maps(generator, count):
    """the generator's own constant noise where it drives texture -> {size: [count, 1, size, size]}"""
    maps = {}
    for r in MAP_SIZES:
        if generator.family == "stylegan2":
            m = getattr(generator.synthesis, f"b{r}").conv0.noise_const
        else:
            m = getattr(generator.synthesis, f"layer{2 * generator.resolutions.index(r)}").apply_noise.noise[0, 0]
        maps[r] = m[None, None].expand(count, -1, -1, -1)
    return maps


def face_mask(f, size):
    """[N, 1, size, size]: 1 inside the box round eyes and mouth"""
    y0, x0, y1, x1 = (v[:, None, None] * size for v in face_window(f))
    at = torch.arange(size) + 0.5
    return ((at[None, :, None] >= y0) & (at[None, :, None] <= y1) & (at[None, None] >= x0) & (at[None, None] <= x1)).float()[:, None]


def batches(count, size):
    return [(i, min(count, i + size)) for i in range(0, count, size)]


def styles(generator, w):
    return w[:, None].expand(-1, generator.num_ws, -1)


def truncated(generator, z, psi):
    w = generator.mapping(z)
    return generator.w_avg + (w - generator.w_avg) * psi


def part(f, a, b):
    return {k: v[a:b] for k, v in f.items()}


@torch.no_grad()
def fidelity(g, count, size=2):
    """step 1 -> dict; level by level, since every resolution has a picture"""
    z = latents("evaluate", count)
    f = factors_of(z)
    r = g.resolution
    mean = torch.zeros(3, r, r)
    for a, b in batches(count, size):
        mean += fast_render(part(f, a, b), r, constant_maps(g, b - a)).sum(0) / count
    rows = {k: [] for k in ("psnr", "psnr_face", "ssim", "ssim_face", "baseline", "baseline_face")}
    energy, levels = {"got": {}, "true": {}}, {}
    for a, b in batches(count, size):
        q = part(f, a, b)
        true, mask = fast_render(q, r, constant_maps(g, b - a)), face_mask(q, r)
        pictures = g.synthesize(styles(g, g.mapping(z[a:b])))
        got = pictures[r].clamp(-1, 1)
        rows["psnr"].append(psnr(got, true))
        rows["psnr_face"].append(psnr(got, true, mask))
        rows["ssim"].append(ssim(got, true))
        rows["ssim_face"].append(ssim(got, true, mask))
        rows["baseline"].append(psnr(mean[None].expand_as(true), true))
        rows["baseline_face"].append(psnr(mean[None].expand_as(true), true, mask))
        for name, x in (("got", got), ("true", true)):
            for k, v in band_energy(x).items():
                energy[name][k] = energy[name].get(k, 0) + v * (b - a) / count
        for k, x in pictures.items():
            if k >= 64:
                t = F.avg_pool2d(true, r // k) if k < r else true
                levels.setdefault(k, []).append(psnr(x.clamp(-1, 1), t))
    out = {k: dict(zip(("mean", "error"), mean_and_error(torch.cat(v)))) for k, v in rows.items()}
    out["band_energy_ratio"] = {k: energy["got"][k] / energy["true"][k] for k in energy["got"]}
    out["psnr_by_resolution"] = {k: float(torch.cat(v).mean()) for k, v in levels.items()}
    out["count"] = count
    return out


@torch.no_grad()
def distribution(g, count, per_picture=64, size=2):
    """step 2 -> {resolution: [generated against true, true against true]}"""
    z, other = latents("evaluate-swd", count), latents("evaluate-swd-true", count)
    real = [latents("evaluate-swd-half", count), other]
    gen = torch.Generator().manual_seed(5)
    sets = {"got": [], "true": [], "half": []}
    for a, b in batches(count, size):
        maps = constant_maps(g, b - a)
        sets["got"].append(patches(g.synthesize(styles(g, g.mapping(z[a:b])))[g.resolution].clamp(-1, 1), per_picture, gen))
        sets["true"].append(patches(fast_render(factors_of(other[a:b]), g.resolution, maps), per_picture, gen))
        sets["half"].append(patches(fast_render(factors_of(real[0][a:b]), g.resolution, maps), per_picture, gen))
    joined = {k: {r: torch.cat([p[r] for p in v]) for r in v[0]} for k, v in sets.items()}
    return {"count": count, "levels": {r: {"generated": sliced_wasserstein(joined["got"][r], joined["true"][r]), "true": sliced_wasserstein(joined["half"][r], joined["true"][r])}
                                       for r in joined["true"]}}


@torch.no_grad()
def noise_effect(g, count=8):
    """step 3 -> root mean square change by noise, and its share per region"""
    z = latents("evaluate-noise", count)
    f, total, shares, areas = factors_of(z), 0.0, {}, {}
    true_total = 0.0
    for i in range(count):
        q, ws = part(f, i, i + 1), styles(g, g.mapping(z[i:i + 1]))
        e = ((g.synthesize(ws)[g.resolution] - g.synthesize(ws, noise=None)[g.resolution]) ** 2).mean(1)
        maps = constant_maps(g, 1)
        true_total += float(((fast_render(q, g.resolution, maps) - fast_render(q, g.resolution)) ** 2).mean()) / count
        _, buffers = fast_render(q, g.resolution // 4, buffers=True)
        b = {n: F.interpolate(buffers[:, j:j + 1], size=(g.resolution,) * 2)[0, 0] for j, n in enumerate(BUFFERS)}
        hair = (b["front_cover"] > 0) | (b["hair_over"] > 0)
        skin = (b["head"] < 0) & ~hair
        cloth = (b["cloth"] < 0) & ~hair & ~skin
        hair = hair | ((b["hair_back"] < 0) & ~skin & ~cloth & (b["neck"] > 0))
        regions = {"hair": hair, "skin": skin | ((b["neck"] < 0) & ~hair & ~cloth), "cloth": cloth}
        regions["background"] = ~(regions["hair"] | regions["skin"] | regions["cloth"])
        for k, m in regions.items():
            shares[k] = shares.get(k, 0) + float((e[0] * m).sum())
            areas[k] = areas.get(k, 0) + float(m.float().mean()) / count
        total += float(e.mean()) / count
    s = max(sum(shares.values()), 1e-12)
    return {"rms": total ** 0.5, "true_rms": true_total ** 0.5, "share": {k: v / s for k, v in shares.items()}, "area": areas}


@torch.no_grad()
def truncation_curve(g, count=32, resolution=256):
    """step 4 -> per psi: spread of pictures, mean band energy above 32 px, both against psi 1"""
    z, rows = latents("evaluate-truncation", count), []
    for psi in (0.0, 0.25, 0.5, 0.7, 0.85, 1.0):
        x = torch.cat([g.synthesize(styles(g, truncated(g, z[a:b], psi)), top=resolution)[resolution].clamp(-1, 1) for a, b in batches(count, 4)])
        detail = sum(v for k, v in band_energy(x).items() if k > 32)
        rows.append({"psi": psi, "spread": float(x.var(0).mean()) ** 0.5, "detail": detail})
    return [{"psi": r["psi"], "spread": r["spread"] / rows[-1]["spread"], "detail": r["detail"] / rows[-1]["detail"]} for r in rows]


@torch.no_grad()
def mixing_fidelity(g, count=256, training=3000):
    """step 5 -> R2 of factors read from mixed pictures against A's (coarse) and B's (fine)"""
    small = lambda x: F.avg_pool2d(x, x.shape[-1] // 32).flatten(1)
    z = latents("evaluate-regression", training)
    f = factors_of(z)
    features = torch.cat([small(fast_render(part(f, a, b), 64)) for a, b in batches(training, 50)])
    read = ridge(features, as_matrix(f), 3.0)
    za, zb = latents("evaluate-mix-a", count), latents("evaluate-mix-b", count)
    wa, wb = g.mapping(za), g.mapping(zb)
    got, plain = [], []
    for a, b in batches(count, 8):
        ws = styles(g, wb[a:b]).clone()
        ws[:, :4] = wa[a:b, None]
        got.append(read(small(g.synthesize(ws, top=64)[64].clamp(-1, 1))))
        plain.append(read(small(g.synthesize(styles(g, wa[a:b]), top=64)[64].clamp(-1, 1))))
    ta, tb = as_matrix(factors_of(za)), as_matrix(factors_of(zb))
    truth = read(torch.cat([small(fast_render(part(factors_of(za), a, b), 64)) for a, b in batches(count, 50)]))
    score = {"true": r_squared(ta, truth), "plain": r_squared(ta, torch.cat(plain)), "from_a": r_squared(ta, torch.cat(got)), "from_b": r_squared(tb, torch.cat(got))}
    readable = score["true"] > 0.5  # factors that the regressor can read off true pictures at all
    group = lambda names: [i for i, n in enumerate(NAMES) if n in names and readable[i]]
    table = {g_: {k: float(v[group(names)].mean()) for k, v in score.items()} for g_, names in (("coarse", COARSE), ("middle", MIDDLE), ("fine", FINE)) if group(names)}
    return {"cutoff": 4, "groups": table, "factors": {n: {k: round(float(v[i]), 3) for k, v in score.items()} for i, n in enumerate(NAMES) if readable[i]}}


@torch.no_grad()
def sheets(g, out):
    """samples over their true portraits, psi 1, 0.7 and 0, and a mixing grid"""
    os.makedirs(out, exist_ok=True)
    small = lambda x, n: F.interpolate(x, size=(n, n), mode="area")
    z = latents("sheet", 16)
    f = factors_of(z)
    make = lambda w, top=None: torch.cat([g.synthesize(styles(g, w[i:i + 1]), top=top)[top or g.resolution].clamp(-1, 1) for i in range(len(w))])
    got = make(truncated(g, z[:8], 1.0))
    true = torch.cat([fast_render(part(f, i, i + 1), g.resolution, constant_maps(g, 1)) for i in range(8)])
    rows = [small(got, 256), small(true, 256), small(make(truncated(g, z[8:], 0.7)), 256), small(make(truncated(g, z[:1], 0.0)), 256)]
    save_picture(contact_sheet(torch.cat(rows), 8), f"{out}/samples.webp")
    save_picture(contact_sheet(torch.cat([got[:2], true[:2]]), 2), f"{out}/full.webp")
    w = g.mapping(z[:6])
    grid = [torch.ones(1, 3, 256, 256)] + [small(got[i:i + 1], 256) for i in range(1, 6)]
    for a in range(1, 5):
        grid.append(small(make(w[a:a + 1], 256), 256))
        for b in range(1, 6):
            ws = styles(g, w[b:b + 1]).clone()
            ws[:, :4] = w[a]
            grid.append(g.synthesize(ws, top=256)[256].clamp(-1, 1))
    save_picture(contact_sheet(torch.cat(grid), 6), f"{out}/mixing.webp")
    hundred = latents("count", 100)
    rows = [small(make(truncated(g, hundred[i:i + 1], 0.7), 256), 128) for i in range(100)]
    save_picture(contact_sheet(torch.cat(rows), 10), f"{out}/hundred.webp")


def write_card(table, manifest, path):
    """the model card that export.py takes in: a plain text and the figures"""
    t, f = manifest["trained"], table.get("fidelity")
    text = (f"Trained on procedural portraits of this project by supervision: the renderer knows the true picture of every latent. {t.get('steps', 0):,} steps, "
            f"{t.get('pictures', 0):,} pictures, {t.get('hours', 0):.1f} hours of wall time on a shared CPU. Under supervision the disentanglement of W is imposed; in the papers it "
            "emerges. ")
    if f:
        text += (f"On {f['count']} fresh latents at {manifest['config'].get('img_resolution', manifest['config'].get('resolution'))} px: PSNR {f['psnr']['mean']:.1f} dB "
                 f"(face window {f['psnr_face']['mean']:.1f} dB), the mean picture {f['baseline']['mean']:.1f} dB ({f['baseline_face']['mean']:.1f} dB). ")
        if f["band_energy_ratio"].get(128, f["band_energy_ratio"].get("128", 1)) < 0.7:
            text += "Training is not finished: pictures are soft, fine detail is largely missing."
    with open(path, "w") as out:
        json.dump({"text": text, "metrics": table}, out, indent=1)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("weights")
    p.add_argument("--out", required=True)
    p.add_argument("--count", type=int, default=256)
    p.add_argument("--swd", type=int, default=256)
    p.add_argument("--mixing", type=int, default=256, help="mixed pictures")
    p.add_argument("--parts", nargs="*", default=["fidelity", "distribution", "noise", "truncation", "mixing", "sheets"])
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    os.makedirs(a.out, exist_ok=True)
    g, began = generator_from(a.weights), time.time()
    path = f"{a.out}/metrics.json"
    table = json.load(open(path)) if os.path.exists(path) else {}
    steps = {"fidelity": lambda: fidelity(g, a.count), "distribution": lambda: distribution(g, a.swd), "noise": lambda: noise_effect(g),
             "truncation": lambda: truncation_curve(g), "mixing": lambda: mixing_fidelity(g, a.mixing), "sheets": lambda: sheets(g, a.out)}
    for name in a.parts:
        result = steps[name]()
        if result is not None:
            table[name] = result
            with open(path, "w") as f:
                json.dump(table, f, indent=1)
        print(f"{time.time() - began:6.0f}s {name} {json.dumps(result)[:1500] if result else ''}", flush=True)
    write_card(table, load_shards(a.weights)[3], f"{a.out}/card.json")


if __name__ == "__main__":
    main()
