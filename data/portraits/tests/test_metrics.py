"""Measures on pictures whose values are known."""
import unittest
import torch
from metrics import band_energy, laplacian_pyramid, patches, psnr, r_squared, ridge, sliced_wasserstein, ssim


class MetricsTest(unittest.TestCase):
    def setUp(self):
        g = torch.Generator().manual_seed(4)
        self.x = torch.nn.functional.avg_pool2d(torch.rand(6, 3, 256, 256, generator=g) * 2 - 1, 2)
        self.g = g

    def test_psnr_of_a_constant_error(self):
        self.assertAlmostEqual(psnr(self.x, self.x + 0.02)[0].item(), 40.0, places=3)
        mask = torch.zeros(6, 1, 128, 128)
        mask[..., :64] = 1
        y = self.x.clone()
        y[..., :64] += 0.2
        self.assertAlmostEqual(psnr(self.x, y, mask)[0].item(), 20.0, places=3)

    def test_ssim_is_one_for_equal_pictures_and_falls_with_noise(self):
        self.assertAlmostEqual(ssim(self.x, self.x)[0].item(), 1.0, places=5)
        a, b = (ssim(self.x, self.x + s * torch.randn(self.x.shape, generator=self.g))[0].item() for s in (0.05, 0.3))
        self.assertTrue(1 > a > b)

    def test_the_pyramid_sums_to_the_picture(self):
        bands = laplacian_pyramid(self.x)
        self.assertEqual(list(bands), [128, 64, 32, 16])
        k = torch.tensor([1., 4., 6., 4., 1.]) / 16
        k = (k[:, None] * k[None])[None, None].expand(3, 1, 5, 5)
        y = bands[16]
        for r in (32, 64, 128):
            up = torch.zeros(6, 3, r, r)
            up[:, :, ::2, ::2] = y * 4
            y = bands[r] + torch.nn.functional.conv2d(torch.nn.functional.pad(up, (2, 2, 2, 2), mode="reflect"), k, groups=3)
        self.assertLess((y - self.x).abs().max().item(), 1e-5)

    def test_blur_lowers_the_energy_of_fine_bands_only(self):
        blurred = torch.nn.functional.interpolate(torch.nn.functional.avg_pool2d(self.x, 4), scale_factor=4, mode="bilinear")
        a, b = band_energy(self.x), band_energy(blurred)
        self.assertLess(b[128] / a[128], 0.1)
        self.assertGreater(b[16] / a[16], 0.6)

    def test_the_wasserstein_distance_of_a_set_to_itself_is_nought_and_grows_with_the_difference(self):
        p = [patches(v, 64, torch.Generator().manual_seed(1)) for v in (self.x, self.x * 1.2, self.x * 2)]
        self.assertEqual(sliced_wasserstein(p[0][64], p[0][64]), 0.0)
        self.assertLess(sliced_wasserstein(p[1][64], p[0][64]), sliced_wasserstein(p[2][64], p[0][64]))

    def test_ridge_recovers_a_linear_map(self):
        f = torch.randn(500, 12, generator=self.g)
        t = f @ torch.randn(12, 3, generator=self.g) + 1
        self.assertGreater(r_squared(t, ridge(f, t, 1e-3)(f)).min().item(), 0.999)


if __name__ == "__main__":
    unittest.main()
