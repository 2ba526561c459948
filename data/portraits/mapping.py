"""Trains the mapping network alone, z -> w*, without a picture, until every factor can be read off w.

    python3 mapping.py --out STATE/mapping.pt --minutes 6

1. Hidden layer 0 begins as hinges on random combinations of the 41 directions of z that matter; the layers between
   begin near the identity; the last is solved by least squares.
2. Adam with a cosine rate on the mean squared error of w*.
Weights are kept in effective form: y = sqrt(2) * lrelu(W x + b) (StyleGAN2); StyleGAN1's is lrelu(sqrt(2) (W x + b)), the
same function, so one training serves both families.
"""
import argparse
import math
import os
import time
import torch
import torch.nn as nn
import torch.nn.functional as F
from factors import NAMES, PROJECTION, as_matrix, factors_of, normalize_second_moment
from target import Target

LAYERS, GAIN = 8, math.sqrt(2)


class Mapping(nn.Module):
    """eight leaky-ReLU layers with effective weights"""

    def __init__(self, dim=512):
        super().__init__()
        self.weight = nn.ParameterList([nn.Parameter(torch.empty(dim, dim)) for _ in range(LAYERS)])
        self.bias = nn.ParameterList([nn.Parameter(torch.zeros(dim)) for _ in range(LAYERS)])

    def hidden(self, z, layers=LAYERS):
        x = normalize_second_moment(z)
        for w, b in list(zip(self.weight, self.bias))[:layers]:
            x = F.leaky_relu(F.linear(x, w, b), 0.2) * GAIN
        return x

    forward = hidden

    @torch.no_grad()
    def start(self, target, seed=0):
        """the informed start (see above)"""
        g = torch.Generator().manual_seed(seed)
        dim, n = 512, PROJECTION.shape[1]
        mixing = torch.zeros(dim, n)
        for i in range(dim):  # mostly one direction, plus the shared build axis and a little of everything
            mixing[i, i % n] = 1.0 if i // n % 2 else -1.0
            mixing[i, -1] += 0.6 * torch.randn([], generator=g)
        mixing += 0.10 * torch.randn(dim, n, generator=g)
        mixing /= mixing.norm(dim=1, keepdim=True)
        self.weight[0].copy_(mixing @ PROJECTION.t().float())
        self.bias[0].copy_(torch.rand(dim, generator=g) * 4.4 - 2.2)
        for i in range(1, LAYERS - 1):
            self.weight[i].copy_((torch.eye(dim) + 0.25 * torch.randn(dim, dim, generator=g) / dim ** 0.5) / GAIN)
            self.bias[i].copy_(torch.full([dim], 0.3))
        z = torch.randn(8000, dim, generator=g)
        x, y = self.hidden(z, LAYERS - 1), target(factors_of(z)) / GAIN
        y = torch.where(y > 0, y, y * 5)
        mx, my = x.mean(0), y.mean(0)
        xc = (x - mx).double()
        w = torch.linalg.solve(xc.t() @ xc + 30 * torch.eye(dim).double(), xc.t() @ (y - my).double()).t().float()
        self.weight[-1].copy_(w)
        self.bias[-1].copy_(my - w @ mx)


@torch.no_grad()
def r_squared(net, target, count=8192, seed=99):
    """-> dict factor -> R2 of the linear read-out from w on fresh latents"""
    z = torch.randn(count, 512, generator=torch.Generator().manual_seed(seed))
    true, got = as_matrix(factors_of(z)), as_matrix(target.read(net(z)))
    r2 = 1 - ((true - got) ** 2).mean(0) / true.var(0)
    return dict(zip(NAMES, r2.tolist()))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, default=6)
    p.add_argument("--batch", type=int, default=512)
    p.add_argument("--rate", type=float, default=0.0012)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    target, net = Target(), Mapping()
    net.start(target)
    optimizer = torch.optim.Adam(net.parameters(), lr=a.rate, betas=(0.9, 0.99))
    began, step, span = time.time(), 0, a.minutes * 60
    report = lambda: "worst " + " ".join(f"{n} {v:.3f}" for n, v in sorted(r_squared(net, target).items(), key=lambda t: t[1])[:5])
    print("start", report(), flush=True)
    while (now := time.time() - began) < span:
        t = now / span
        for group in optimizer.param_groups:
            group["lr"] = a.rate * min(1, (step + 1) / 50) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * t)))
        z = torch.randn(a.batch, 512)
        loss = ((net(z) - target(factors_of(z))) ** 2).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        if step % 100 == 0:
            print(f"{now:6.1f}s step {step} loss {loss.item():.5f} {report()}", flush=True)
            torch.save(net.state_dict(), a.out + ".tmp")
            os.replace(a.out + ".tmp", a.out)
    torch.save(net.state_dict(), a.out + ".tmp")
    os.replace(a.out + ".tmp", a.out)
    print("end", step, report(), flush=True)


if __name__ == "__main__":
    main()
