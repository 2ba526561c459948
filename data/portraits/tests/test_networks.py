"""Both generators against the official implementations' numbers; windows; fused steps."""
import json
import os
import unittest
import torch
import torch.nn.functional as F
import families
import fused
from factors import factors_of, latents
from layers import blurred_upsampling, conv, expand_phases, interleave, nearest_upsampling, upsample_picture
from safetensors_file import decode
from windows import Plan, choose, synthesize_window

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/golden")


def golden(case):
    with open(f"{GOLDEN}/{case}/case.json") as f:
        description = json.load(f)
    with open(f"{GOLDEN}/{case}/tensors.safetensors", "rb") as f:
        return description, {k: torch.from_numpy(v.copy()) for k, v in decode(f.read()).items()}


def load(generator, tensors, noise):
    state = {k[8:]: v for k, v in tensors.items() if k.startswith("weights/")}
    for name, value in state.items():
        if name.endswith(noise):
            generator.get_buffer(name).copy_(value)
    designed = ("filter", "kernel", noise)
    missing, unknown = generator.load_state_dict({k: v for k, v in state.items() if not k.endswith(designed)}, strict=False)
    assert not unknown and all(k.endswith("noise_strength") for k in missing), (missing, unknown)
    return generator


class GoldenTest(unittest.TestCase):
    def test_stylegan2_gives_the_official_pictures(self):
        case, t = golden("sg2-generator-no-noise")
        del case["config"]["synthesis_kwargs"]["use_noise"]  # ours has noise of strength 0 instead
        g = load(families.make("stylegan2", case["config"]), t, "noise_const")
        with torch.no_grad():
            got = g.picture(t["inputs/z"])
        self.assertLess((got - t["runs/const/img"]).abs().max() / t["runs/const/img"].abs().max(), 2.2e-5)

    def test_stylegan1_upsamples_by_a_mirrored_kernel_where_the_official_one_fuses_it(self):
        case, t = golden("sg1-generator-fused-scale")
        del case["config"]["fused_scale"]
        g = families.make("stylegan1", case["config"])
        for i in range(2, g.num_ws, 2):  # the case fuses every level, ours those from 128 px
            getattr(g.synthesis, f"layer{i}").fused = True
        g = load(g, t, "apply_noise.noise")
        with torch.no_grad():
            w = g.mapping(t["inputs/z"])
            got = g.synthesize(w[:, None].expand(-1, g.num_ws, -1))[g.resolution]
        want = t["runs/" + case["runs"][0]["name"] + "/image"]
        self.assertLess((got - want).abs().max() / want.abs().max(), 1e-4)

    def test_stylegan1_gives_the_official_pictures_at_every_level(self):
        case, t = golden("sg1-generator-uncond")
        g = load(families.make("stylegan1", case["config"]), t, "apply_noise.noise")
        with torch.no_grad():
            w = g.mapping(t["inputs/z"])
            pictures = g.synthesize(w[:, None].expand(-1, g.num_ws, -1))
            for run, lod in (("lod_0", 0), ("lod_0.3", 0.3), ("lod_1.5", 1.5), ("lod_2", 2), ("lod_4", 4)):
                want = t[f"runs/{run}/image"]
                got = F.interpolate(g.blend(pictures, lod), size=want.shape[2:], mode="nearest")
                self.assertLess((got - want).abs().max() / want.abs().max(), 1e-4, run)


class LayerTest(unittest.TestCase):
    def test_blurred_upsampling_is_a_transposed_convolution_and_a_filter(self):
        x, w = torch.randn(2, 5, 6, 7), torch.randn(4, 5, 3, 3)
        k = torch.tensor([1., 3., 3., 1.])
        k = (k[:, None] * k[None] / 64 * 4)[None, None].expand(4, 1, 4, 4)
        want = F.conv2d(F.pad(F.conv_transpose2d(x, w.transpose(0, 1), stride=2), (1, 1, 1, 1)), k, groups=4)
        self.assertLess((interleave(conv(x, expand_phases(w, blurred_upsampling()))) - want).abs().max().item(), 1e-4)

    def test_nearest_upsampling_is_repetition_and_a_convolution(self):
        x, w = torch.randn(2, 5, 6, 7), torch.randn(4, 5, 3, 3)
        want = F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), w, padding=1)
        self.assertLess((interleave(conv(x, expand_phases(w, nearest_upsampling()))) - want).abs().max().item(), 1e-4)

    def test_pictures_are_upsampled_by_the_same_filter(self):
        x = torch.randn(1, 3, 5, 5)
        k = torch.tensor([1., 3., 3., 1.])
        k = (k[:, None] * k[None] / 64 * 4)[None, None].expand(3, 1, 4, 4)
        want = F.conv_transpose2d(x, k, stride=2, padding=1, groups=3)
        self.assertLess((upsample_picture(x) - want).abs().max().item(), 1e-5)

    @unittest.skipUnless(fused.SUPPORTED, "needs g++ and AVX-512 bf16")
    def test_fused_steps_agree_with_the_plain_ones_forward_and_backward(self):
        torch.manual_seed(0)
        for c in (8, 16, 40, 128):
            x, s, d, b = torch.randn(3, c, 9, 7), torch.randn(3, c), torch.rand(3, c) + 0.5, torch.randn(c)
            slope = torch.randn(3, c, 9, 7)
            for step, extra in ((lambda v, p, q: fused.finish(v, p, q), (d, b)), (lambda v, p, q: fused.adain(v, p, q), (s, d)), (lambda v, p: fused.modulate(v, p), (s,))):
                results = []
                for dtype in (torch.bfloat16, torch.float32):
                    inputs = [x.bfloat16().to(dtype).requires_grad_()] + [e.clone().requires_grad_() for e in extra]
                    y = step(*inputs)
                    (y.float() * slope).sum().backward()
                    results.append([y.detach().float()] + [i.grad.float() for i in inputs])
                for p, q in zip(*results):
                    self.assertLess(((p - q).abs().mean() / q.abs().mean()).item(), 0.02)


class WindowTest(unittest.TestCase):
    def test_a_window_has_the_pixels_of_the_whole_picture_at_every_resolution(self):
        torch.manual_seed(1)
        g = families.make("stylegan2", {"img_resolution": 256, "synthesis_kwargs": {"channel_base": 512, "channel_max": 16}})
        with torch.no_grad():
            for n, p in g.named_parameters():
                if "noise" in n:
                    p.fill_(0.3)
            ws, f = torch.randn(4, g.num_ws, 512), factors_of(latents("window", 4))
            noise = {(r, 0): torch.randn(4, 1, r, r) for r in (128, 256)}
            whole = g.synthesize(ws, noise=noise)
            for base, top, size in ((32, 256, 96), (32, 64, 32), (64, 256, 64)):
                y, x = choose(f, base, top, size, 0.5)
                y[0] = x[0] = 0
                y[1] = top - size
                plan = Plan(base, top, size, y, x)
                for r, picture in synthesize_window(g, ws, plan, noise).items():
                    if r > base:
                        self.assertLess((plan.final(picture, r) - plan.of_whole(whole[r])).abs().max().item(), 1e-4)


if __name__ == "__main__":
    unittest.main()
