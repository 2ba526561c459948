"""Factors: distribution, groups, determinism; the hash behind them; w*."""
import unittest
import torch
import factors
from factors import COARSE, FINE, MIDDLE, NAMES, as_matrix, factors_of, latents
from hashing import fnv1a32, normals, orthonormal
from target import OFFSET, Target


class HashTest(unittest.TestCase):
    def test_fnv1a32_gives_the_published_values(self):
        self.assertEqual([fnv1a32(""), fnv1a32("a"), fnv1a32("foobar")], [0x811C9DC5, 0xE40C292C, 0xBF9CF968])

    def test_normals_are_standard_and_depend_on_the_name_and_index_only(self):
        x = normals("test/x", (200, 100))
        self.assertLess(abs(x.mean()), 0.02)
        self.assertLess(abs(x.std() - 1), 0.02)
        self.assertTrue((normals("test/x", (50,), start=300) == x.reshape(-1)[300:350]).all())
        self.assertFalse((normals("test/y", (50,)) == x.reshape(-1)[:50]).any())

    def test_orthonormal_has_orthonormal_columns(self):
        q = orthonormal("test/q", 64, 9)
        self.assertLess(abs(q.T @ q - torch.eye(9).numpy()).max(), 1e-12)


class FactorTest(unittest.TestCase):
    def setUp(self):
        self.z = latents("test", 4000)
        self.f = factors_of(self.z)

    def test_there_are_forty_factors_in_three_groups(self):
        self.assertEqual(len(NAMES), 40)
        self.assertEqual(NAMES, COARSE + MIDDLE + FINE)
        self.assertEqual(set(self.f), set(NAMES))

    def test_factors_do_not_depend_on_the_length_of_z(self):
        again = as_matrix(factors_of(self.z * 3.7))
        self.assertLess((again - as_matrix(self.f)).abs().max().item(), 1e-5)

    def test_the_map_is_the_same_on_every_machine(self):
        got = as_matrix(factors_of(latents("test", 2)))[:, [0, 6, 24]]
        self.assertLess((got - torch.tensor(KNOWN)).abs().max().item(), 1e-4)

    def test_hair_length_has_two_modes_and_goes_with_the_build(self):
        h = self.f["hair_length"]
        middle, ends = ((h > 0.4) & (h < 0.6)).float().mean(), ((h < 0.2) | (h > 0.8)).float().mean()
        self.assertGreater(ends, 3 * middle)
        self.assertLess(torch.corrcoef(torch.stack([h, self.f["jaw"]]))[0, 1], -0.4)

    def test_mix_takes_each_group_from_its_own(self):
        a, b, c = (factors_of(latents(n, 5)) for n in "abc")
        m = factors.mix(a, b, c)
        for names, source in ((COARSE, a), (MIDDLE, b), (FINE, c)):
            for n in names:
                self.assertTrue(torch.equal(m[n], source[n]))

    def test_every_label_divides_the_portraits(self):
        for label, (name, threshold) in factors.LABELS.items():
            share = (self.f[name] > threshold).float().mean().item()
            self.assertTrue(0.08 < share < 0.92, f"{label}: {share}")


class TargetTest(unittest.TestCase):
    def test_factors_can_be_read_off_w_star_exactly(self):
        t, f = Target(), factors_of(latents("test", 500))
        w = t(f)
        self.assertEqual(tuple(w.shape), (500, 512))
        for n, v in t.read(w).items():
            self.assertLess((v - f[n]).abs().max().item() / float(f[n].std()), 0.02, n)  # clamped tails only
        self.assertLess(abs(w.mean().item() - OFFSET), 0.1)

    def test_groups_have_orthogonal_subspaces(self):
        t = Target()
        self.assertLess((t.subspace("coarse").t() @ t.subspace("fine")).abs().max().item(), 1e-5)


KNOWN = [[-0.237901, 0.999965, 0.219342], [-0.113102, 0.970723, 0.413906]]

if __name__ == "__main__":
    unittest.main()
