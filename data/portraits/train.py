"""Supervised training of a generator by the renderer.

    python3 train.py --family stylegan2 --state STATE/sg2.pt --mapping STATE/mapping.pt --pool STATE/pool --views 64 --minutes 30
    python3 train.py ... --views 256:96 1024:128:4                  in turn: windows of 96 pixels at 256, and of 128 at 1024
    python3 train.py ... --weights ../weights/portraits-lite-sg2     start from the shipped files alone

Each step, for a batch of latents of the pool:
1. w of the coarse, middle and fine latent go to w 0-3, 4-7 and 8 up; six in ten portraits mix three latents.
2. Pictures of every resolution against the renderer's: absolute error, half that of differences, and with `--squared` the
   squared error. StyleGAN2's at 32 px and below in the mean colours (those layers cannot know others).
3. Read-outs of the features at 8 to 64 px against the renderer's geometry buffers: they teach where things are long before
   pixels can.
4. Above `--base`, windows (StyleGAN2), three in four on the face, freshly rendered with texture from noise maps that the
   layers get too.
Adam; a moving average of the weights ("average") is what is evaluated and shipped. The state is saved every 90 s through a
temporary file; a kill at any moment loses at most that. A value that is not finite ends the run with status 3, the last good
state kept. A state or weights of another configuration are refused.
"""
import argparse
import copy
import math
import os
import sys
import tempfile
import time
import torch
import torch.multiprocessing
import torch.nn.functional as F
import families
from compiled import fast_render
from data_pool import Pool, layer_styles
from export import Refused, load_shards
from factors import from_matrix
from grow import grow
from losses import FACE_WEIGHT, BufferHeads, face_weight, picture_loss
from mapping import Mapping
from noise_maps import MAP_SIZES, random_maps
from shared_steps import SharedSteps
from target import Target
from windows import Plan, choose, synthesize_window

HEADS = (8, 16, 32, 64)
AVERAGE_EVERY = 5
FUSED = {"fused": True} if [int(v) for v in torch.__version__.split(".")[:2]] >= [2, 4] else {}


def arguments():
    p = argparse.ArgumentParser()
    add = p.add_argument
    add("--family", choices=["stylegan1", "stylegan2"], required=True)
    add("--width", choices=["lite", "full", "tiny"], default="lite")
    add("--state", required=True)
    add("--mapping", help="mapping.pt of mapping.py (a fresh start needs it)")
    add("--weights", help="folder of shipped weights to start from")
    add("--pool", required=True)
    add("--views", nargs="+", default=["64"], metavar="TOP[:SIZE[:BATCH]]", help="taken in turn: resolution, window size there (0: whole pictures), batch")
    add("--base", type=int, default=32, help="the last resolution that runs whole under a window")
    add("--face-share", type=float, default=0.75)
    add("--face-weight", type=float, default=FACE_WEIGHT, help="what the errors on eyes, brows, nose and mouth weigh beside 1 elsewhere, less 1")
    add("--train-from", type=int, default=4, help="resolutions below this are kept as they are")
    add("--batch", type=int, default=5)
    add("--minutes", type=float, default=30)
    add("--rate", type=float, default=0.003)
    add("--low-rate", type=float, default=0.25, help="share of the rate for resolutions up to --base when higher ones are trained")
    add("--style-rate", type=float, default=1.0, help="share of the rate for the weights that turn w into styles")
    add("--rate-end", type=float, default=0.3, help="share of the rate at the end (cosine)")
    add("--squared", type=float, default=0.0, help="weight of the squared error beside the absolute one")
    add("--memory", type=float, default=200, help="steps that the moving average remembers")
    add("--threads", type=int, default=1, help="of each process")
    add("--processes", type=int, default=1, help="processes that take each step together: own batches, the mean of their gradients")
    add("--device", default="cpu", help="cpu or cuda")
    add("--dtype", choices=["bfloat16", "float32"], default="bfloat16")
    add("--seed", type=int, default=1)
    add("--save-every", type=float, default=90, help="seconds")
    add("--grow-from", type=int, help="StyleGAN1: levels above this start as copies of it")
    add("--steps", type=int, help="stop after so many steps")
    a = p.parse_args()
    a.views = [View(text, a) for text in a.views]
    a.top = max(v.top for v in a.views)
    return a


class View:
    """what one step looks at"""

    def __init__(self, text, a):
        parts = [int(x) for x in text.split(":")]
        self.text, self.top = text, parts[0]
        self.size = parts[1] if len(parts) > 1 else 0
        self.batch = parts[2] if len(parts) > 2 else a.batch


def channels_at(generator, resolutions):
    """-> {resolution: channels of its features}"""
    c = generator.config
    base, top = (c["fmaps_base"], c["fmaps_max"]) if generator.family == "stylegan1" else (c["synthesis_kwargs"]["channel_base"], c["synthesis_kwargs"]["channel_max"])
    return {r: min(base // r, top) for r in resolutions}


@torch.no_grad()
def informed_start(generator, target):
    """affine layers that see only their group's part of w; quiet picture read-outs above the first"""
    sg1 = generator.family == "stylegan1"
    for _, layer, i in generator.affines():
        b = target.subspace("coarse" if i < 4 else "middle" if i < 8 else "fine")
        if sg1 and i < 8 and i % 2:  # below 64 px StyleGAN1's last layer also colours its own level's picture
            b = torch.cat([b, target.subspace("fine")], 1)
        layer.weight.copy_(layer.weight @ b @ b.t() * 1.4)
    for name, p in generator.named_parameters():
        if (name.endswith("torgb.weight") and ".b4." not in name) or (".output" in name and name.endswith("weight")):
            p.mul_(0.3)


def trainable(name, top, first):
    """which parameters a stage trains: synthesis up to `top`; noise only where it carries texture"""
    r = families.resolution_of(name)
    if r == 0 or r > top or r < first:
        return False
    if "noise" in name:
        return r in MAP_SIZES and (".conv0." in name or (".layer" in name and int(name.split(".")[1][5:]) % 2 == 0))
    return True


class Training:
    """networks, optimizer, data and state of one run"""

    def __init__(self, a, shared=SharedSteps()):
        """a: arguments(); shared: the processes that take each step together"""
        self.a, self.shared = a, shared
        torch.manual_seed(a.seed)
        config = families.WIDTHS[a.width][a.family]
        self.generator = families.make(a.family, config)
        self.heads = BufferHeads(channels_at(self.generator, HEADS))
        self.trained = {"how": "supervised by the renderer", "seed": a.seed, "steps": 0, "pictures": 0, "hours": 0.0, "stages": []}
        self.heads_ready = False
        state = None
        if os.path.exists(a.state):
            state = torch.load(a.state, map_location="cpu")
            if state["family"] != a.family or state["config"] != self.generator.config:
                sys.exit(f"refused: {a.state} is for {state['family']} {state['config']}, asked for {a.family} {self.generator.config}")
            self.generator.load_state_dict(state["generator"])
            self.heads.load_state_dict(state["heads"])
            self.trained, self.heads_ready = state["trained"], True
        elif a.weights:
            family, config, weights, manifest = load_shards(a.weights)
            if family != a.family or config != self.generator.config:
                sys.exit(f"refused: {a.weights} is for {family} {config}, asked for {a.family} {self.generator.config}")
            self.generator.load_state_dict(weights)
            self.trained = manifest["trained"]
        else:
            mapping = Mapping()
            mapping.load_state_dict(torch.load(a.mapping, map_location="cpu"))
            families.set_mapping(self.generator, mapping.weight, mapping.bias)
        self.center = families.measure_center(self.generator)
        if state is None and not a.weights:
            informed_start(self.generator, Target())
        else:
            families.shift_affines(self.generator, self.center)
        self.generator.to(a.device)
        self.heads.to(a.device)
        self.center = self.center.to(a.device)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        if state is not None:
            self.average.load_state_dict(state["average"])
            families.shift_affines(self.average, self.center)  # load_state_dict copies to the device
        self.pool = Pool(a.pool, self.generator.mapping, self.center, device=a.device)
        if a.grow_from:
            w = torch.cat([p["w"][:, ~p["mixed"]] for p in self.pool.parts[:3]], 1).to(a.device)
            for g in (self.generator, self.average):
                grow(g, w, a.grow_from)
        self.generator.dtype = getattr(torch, a.dtype)
        for p in self.generator.parameters():
            if p.dim() == 4:
                p.data = p.data.contiguous(memory_format=torch.channels_last)
        names = [n for n, _ in self.generator.named_parameters() if trainable(n, a.top, a.train_from)]
        self.parameters = [self.generator.get_parameter(n) for n in names]
        self.averaged = [self.average.get_parameter(n) for n in names]
        for n, p in self.generator.named_parameters():
            p.requires_grad_(n in set(names))
        kind = lambda n: "low" if families.resolution_of(n) <= a.base < a.top else "style" if ".affine.weight" in n or ".style.weight" in n else "other"
        low = [kind(n) for n in names]
        pick = lambda which: [p for p, k in zip(self.parameters, low) if k == which]
        groups = [{"params": pick("low"), "share": a.low_rate}, {"params": pick("style"), "share": a.style_rate},
                  {"params": pick("other") + list(self.heads.parameters()), "share": 1.0}]
        self.optimizer = torch.optim.Adam([g for g in groups if g["params"]], lr=a.rate, betas=(0.9, 0.99), **FUSED)
        self.layout = [names, low]
        if state is not None and state.get("layout") == self.layout:
            shares = [g["share"] for g in self.optimizer.param_groups]
            self.optimizer.load_state_dict(state["optimizer"])
            for g, share in zip(self.optimizer.param_groups, shares):
                g["share"] = share
        torch.manual_seed(a.seed + int(time.time()) % 100000 + 100000 * shared.rank)  # other batches each time, and in each process
        self.began, self.start_hours, self.steps = time.time(), self.trained["hours"], 0

    def official(self, network):
        """state dict for inputs w as the mapping network gives them"""
        g = copy.deepcopy(network)
        families.shift_affines(g, -self.center)
        return g.cpu().state_dict()

    def save(self):
        self.trained["hours"] = round(self.start_hours + (time.time() - self.began) / 3600, 3)
        state = {"family": self.a.family, "config": self.generator.config, "generator": self.official(self.generator), "average": self.official(self.average),
                 "heads": self.heads.state_dict(), "optimizer": self.optimizer.state_dict(), "layout": self.layout, "trained": self.trained}
        for key in ("generator", "average"):
            if not all(torch.isfinite(v).all() for v in state[key].values()):
                return False
        torch.save(state, self.a.state + ".tmp")
        os.replace(self.a.state + ".tmp", self.a.state)
        return True

    def loss(self, batch, view):
        """-> total, dict of terms to log"""
        a, g, top = self.a, self.generator, view.top
        ws = layer_styles(batch["w"], g.num_ws)
        weight, logs, total = face_weight(batch["buffers"], a.face_weight), {}, 0.0
        plan, noise, true = None, None, None
        f = from_matrix(batch["factors"])
        if view.size:
            y, x = choose(f, a.base, top, view.size, a.face_share)
            plan = Plan(a.base, top, view.size, y, x)
        if top > 64:
            noise_maps = random_maps(len(ws), top, device=a.device)
            noise = {(r, 0): m for r, m in noise_maps.items()}
            true = fast_render(f, top, noise_maps, (y, x, view.size, view.size) if plan else None)

        def tap(r, features):
            nonlocal total
            if r not in HEADS or r < a.train_from:
                return
            buffers, w = batch["buffers"], weight
            if plan and r > a.base:  # 64 px, cropped
                buffers, w = plan.of_whole(buffers), plan.of_whole(w)
                features = plan.final(features, r)
                term = self.heads.loss(r, features if self.heads_ready else features.detach(), buffers, w, 1)
            else:
                term = self.heads.loss(r, features if self.heads_ready else features.detach(), buffers, w)
            logs[f"buffers{r}"] = term.detach()
            total = total + (1.0 if r == 64 else 0.5) * term

        out = synthesize_window(g, ws, plan, noise, tap) if plan else g.synthesize(ws, top=top, noise=noise, tap=tap)
        for r, picture in out.items():
            if r < a.train_from:
                continue
            w, use = None, None
            if r <= 32 and g.family == "stylegan1":
                use = ~batch["mixed"]  # mixed portraits have no true colours there
                if not use.any():
                    continue
                target, factor = F.avg_pool2d(batch["picture"], 64 // r), 0.4
            elif r <= 32:
                target, factor = F.avg_pool2d(batch["canonical"], 32 // r), 0.25
            elif plan:
                picture, w = plan.final(picture, r), plan.of_whole(weight)
                target = F.avg_pool2d(true, top // r) if true is not None else plan.of_whole(batch["picture"])
                w = F.interpolate(w, scale_factor=r // 64, mode="nearest") if r > 64 else w
                factor = 2.0 if r == top else 1.0
            else:
                target = F.avg_pool2d(true, top // r) if true is not None else batch["picture"]
                w = F.interpolate(weight, scale_factor=r // 64, mode="nearest") if r > 64 else weight
                factor = 2.0 if r == top else 1.0
            if use is not None:
                picture, target = picture[use], target[use]
            term = picture_loss(picture, target, w, a.squared)
            logs[f"rgb{r}"] = term.detach()
            total = total + factor * term
            if r == top:
                logs[f"psnr{top}"] = (10 * torch.log10(4 / ((picture.detach().clamp(-1, 1) - target) ** 2).mean([1, 2, 3]))).mean()
        return total, logs

    def step(self, rate):
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["share"]
        view = self.a.views[self.steps % len(self.a.views)]
        total, logs = self.loss(self.pool.batch(view.batch), view)
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        self.shared.average_gradients(self.parameters + list(self.heads.parameters()))
        self.optimizer.step()
        self.steps += 1
        self.trained["steps"] += 1
        self.trained["pictures"] += view.batch * self.shared.count
        if self.steps == 150:
            self.heads_ready = True
        if self.steps % AVERAGE_EVERY == 0:
            self.update_average()
        return {k: float(v) for k, v in logs.items()}

    @torch.no_grad()
    def update_average(self):
        """exponential moving average; its memory grows with the steps of this run, to a tenth of them at first"""
        memory = min(self.a.memory, 0.1 * self.steps + (20 if self.trained["steps"] > self.steps else 0))
        keep = memory / (memory + AVERAGE_EVERY)
        torch._foreach_mul_(self.averaged, keep)
        torch._foreach_add_(self.averaged, [p.detach() for p in self.parameters], alpha=1 - keep)


def run(rank, a, meeting_place):
    """one process of a run; the first one logs and saves"""
    torch.set_num_threads(a.threads)
    shared = SharedSteps(rank, a.processes, meeting_place)
    try:
        t = Training(a, shared)
    except Refused as e:
        sys.exit(f"refused: {e}")
    t.trained["stages"].append({"views": [v.text for v in a.views], "batch": a.batch, "processes": a.processes, "rate": a.rate, "squared": a.squared, "face_weight": a.face_weight, "minutes": a.minutes})
    if t.trained["steps"] == 0:
        t.heads_ready = True
    span, sums, count = a.minutes * 60, {}, {}
    pictures = t.trained["pictures"]
    logged = saved = time.time()
    while (share := shared.agree((time.time() - t.began) / span)) < 1 and (a.steps is None or t.steps < a.steps):
        now = time.time()
        rate = a.rate * min(1, (t.steps + 1) / 100) * (a.rate_end + (1 - a.rate_end) * 0.5 * (1 + math.cos(math.pi * share)))
        for k, v in t.step(rate).items():
            sums[k], count[k] = sums.get(k, 0) + v, count.get(k, 0) + 1
        if not all(math.isfinite(v) for v in sums.values()):
            print("stopped: a loss is not finite; the last saved state is kept", flush=True)
            sys.exit(3)
        if rank:
            continue
        if time.time() - logged > 20:
            speed = (t.trained["pictures"] - pictures) / (time.time() - logged)
            print(f"{now - t.began:6.0f}s step {t.trained['steps']} {speed:.2f} pictures/s rate {rate:.4f} " + " ".join(f"{k} {v / count[k]:.3f}" for k, v in sums.items()), flush=True)
            sums, count, logged, pictures = {}, {}, time.time(), t.trained["pictures"]
        if time.time() - saved > a.save_every:
            if not t.save():
                print("stopped: a weight is not finite; the last saved state is kept", flush=True)
                sys.exit(3)
            t.pool.refresh()
            saved = time.time()
    if rank == 0 and not t.save():
        sys.exit(3)


def main():
    a = arguments()
    if a.processes == 1:
        run(0, a, None)
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            torch.multiprocessing.spawn(run, (a, os.path.join(folder, "meet")), a.processes)
        except torch.multiprocessing.ProcessExitedException as e:  # the others are ended with it
            sys.exit(e.exit_code)


if __name__ == "__main__":
    main()
