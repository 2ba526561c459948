"""The renderer: windows, texture, buffers, and its compiled twin."""
import unittest
import torch
import compiled
from factors import NAMES, canonical, factors_of, latents
from noise_maps import random_maps
from render import BUFFERS, face_window, render


class RenderTest(unittest.TestCase):
    def setUp(self):
        self.f = factors_of(latents("render", 3))

    def test_a_window_equals_the_same_part_of_the_whole(self):
        g = torch.Generator().manual_seed(1)
        maps = random_maps(3, 256, g)
        whole = render(self.f, 256, maps)
        y, x = torch.tensor([0, 100, 224]), torch.tensor([40, 224, 7])
        window = render(self.f, 256, maps, (y, x, 32, 32))
        for i in range(3):
            self.assertLess((whole[i, :, y[i]:y[i] + 32, x[i]:x[i] + 32] - window[i]).abs().max().item(), 1e-4)

    def test_resolutions_agree(self):
        small = render(self.f, 64)
        large = torch.nn.functional.avg_pool2d(render(self.f, 256), 4)
        self.assertLess((small - large).abs().mean().item(), 0.02)

    def test_extreme_factors_give_finite_pictures_in_range(self):
        for value in (-6.0, 6.0):
            from factors import NORMALS, factors_from_normals
            picture, buffers = render(factors_from_normals(torch.full((1, NORMALS), value)), 64, buffers=True)
            for t in (picture, buffers):
                self.assertTrue(torch.isfinite(t).all())
                self.assertLessEqual(t.abs().max().item(), 1.0)

    def test_colour_factors_leave_the_geometry_as_it_is(self):
        a, b = render(self.f, 64, buffers=True)
        c, d = render(canonical(self.f), 64, buffers=True)
        self.assertGreater((a - c).abs().mean().item(), 0.05)
        fixed = [i for i, n in enumerate(BUFFERS) if n not in ("chin_shadow", "occlusion")]  # shadows follow the light
        self.assertLess((b - d)[:, fixed].abs().max().item(), 1e-5)

    def test_every_factor_changes_the_picture(self):
        f = factors_of(latents("render-one", 1))
        f["beard"], f["glasses"], f["freckles"], f["cloth_pattern"], f["hair_length"] = (torch.tensor([v]) for v in (0.5, 0.5, 0.5, 0.5, 0.4))
        base = render(f, 128)
        for n in NAMES:
            g = dict(f)
            g[n] = f[n] + 0.12 * (1 if f[n] < 0.5 else -1)
            self.assertGreater((render(g, 128) - base).abs().max().item(), 0.003, n)

    def test_noise_maps_move_texture_and_leave_the_background(self):
        a, b = (render(self.f, 256, random_maps(3, 256, torch.Generator().manual_seed(s))) for s in (1, 2))
        d = (a - b).abs().mean(1)
        self.assertGreater(d.max().item(), 0.1)
        self.assertLess(d[:, :30, :].mean().item(), 0.02)

    def test_the_face_window_holds_eyes_and_mouth(self):
        _, buffers = render(self.f, 128, buffers=True)
        y0, x0, y1, x1 = (v * 128 for v in face_window(self.f))
        at = torch.arange(128) + 0.5
        for name, share in (("eye", 0.8), ("lips", 0.8)):
            shown = (buffers[:, BUFFERS.index("head")] < 0) & (buffers[:, BUFFERS.index("facing")] > 0.2)
            inside_part = (buffers[:, BUFFERS.index(name)] < 0) & shown
            box = (at[None, :, None] > y0[:, None, None]) & (at[None, :, None] < y1[:, None, None]) & (at[None, None] > x0[:, None, None]) & (at[None, None] < x1[:, None, None])
            self.assertGreater((inside_part & box).sum().item(), share * inside_part.sum().item(), name)


@unittest.skipUnless(compiled.available(), "needs g++ and AVX-512")
class CompiledTest(unittest.TestCase):
    def test_the_compiled_renderer_gives_the_same_pictures_and_buffers(self):
        f = factors_of(latents("compiled", 2))
        maps = random_maps(2, 256, torch.Generator().manual_seed(3))
        crop = (torch.tensor([10, 90]), torch.tensor([100, 60]), 50, 70)
        for kwargs in ({"maps": maps, "crop": crop}, {"buffers": True, "crop": (0, 0, 256, 40)}):
            a, b = compiled.fast_render(f, 256, **kwargs), render(f, 256, **kwargs)
            for p, q in zip(*((a, b) if kwargs.get("buffers") else ([a], [b]))):
                self.assertLess((p - q).abs().max().item(), 1e-3)
                self.assertLess((p - q).abs().mean().item(), 1e-5)


if __name__ == "__main__":
    unittest.main()
