"""A pool of small true pictures, rendered once and shared by the low-resolution stages of both families.

    python3 pool.py --out STATE/pool --parts 20        (512 portraits a part; parts that exist are kept)

A part is part-NNN.pt with: picture uint8 [512, 3, 64, 64]; canonical uint8 [512, 3, 32, 32] (mean colours); buffers int8
[512, 36, 64, 64]; mixed bool [512]. Its latents and factors follow from the part's number (`latents_of_part`).
"""
import argparse
import os
import torch
from factors import canonical, factors_of, mix
from render import render

PART, SIZE, LOW = 512, 64, 32
MIXED_SHARE = 0.6


def latents_of_part(number, count=PART):
    """-> z [3, N, 512] (coarse, middle, fine; equal where not mixed), mixed [N], factors"""
    g = torch.Generator().manual_seed(1000003 + number)
    z = torch.randn(3, count, 512, generator=g)
    mixed = torch.rand(count, generator=g) < MIXED_SHARE
    keep = mixed.float()[:, None]
    z = torch.stack([z[0], z[1] * keep + z[0] * (1 - keep), z[2] * keep + z[0] * (1 - keep)])
    return z, mixed, mix(*(factors_of(v) for v in z))


def quantize(x):
    """-1..1 -> uint8"""
    return ((x + 1) * 127.5).round().clamp(0, 255).byte()


@torch.no_grad()
def make_part(number, chunk=16):
    z, mixed, f = latents_of_part(number)
    rows = {"picture": [], "canonical": [], "buffers": []}
    for i in range(0, PART, chunk):
        part = {k: v[i:i + chunk] for k, v in f.items()}
        picture, buffers = render(part, SIZE, buffers=True)
        rows["picture"].append(quantize(picture))
        rows["canonical"].append(quantize(render(canonical(part), LOW)))
        rows["buffers"].append((buffers * 127).round().clamp(-127, 127).to(torch.int8))
    return {**{k: torch.cat(v) for k, v in rows.items()}, "mixed": mixed}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--parts", type=int, default=20)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    os.makedirs(a.out, exist_ok=True)
    for number in range(a.first, a.first + a.parts):
        path = f"{a.out}/part-{number:03d}.pt"
        if not os.path.exists(path):
            torch.save(make_part(number), path + ".tmp")
            os.replace(path + ".tmp", path)
            print(path, flush=True)


if __name__ == "__main__":
    main()
