"""Shards: round trip, order, refusals; the shipped weights themselves."""
import json
import os
import tempfile
import unittest
import torch
import export
import families
from factors import NAMES, as_matrix, factors_of, latents
from metrics import r_squared
from target import Target

WEIGHTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../weights")


def read(folder):
    with open(folder + "/manifest.json") as f:
        return json.load(f)


class ExportTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(2)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, family, change=None, **kwargs):
        g = families.make(family, families.TINY[family])
        state = g.state_dict()
        if change:
            change(state)
        export.write_shards(self.folder.name, "test", "Test", family, families.TINY[family], state, {"steps": 1}, {"text": "", "metrics": {}}, **kwargs)
        return g

    def test_what_is_written_is_read_back_to_eight_bits(self):
        for family in families.TINY:
            g = self.write(family)
            h = export.generator_from(self.folder.name)
            for (name, a), b in zip(g.state_dict().items(), h.state_dict().values()):
                self.assertLessEqual((a - b).abs().max().item(), a.abs().max().item() / 127 * 0.51 + 1e-6, name)

    def test_shards_are_ordered_by_resolution_and_hashed(self):
        self.write("stylegan2")
        manifest = read(self.folder.name)
        order = [families.resolution_of(t["name"]) for t in manifest["tensors"]]
        self.assertEqual(order, sorted(order))
        self.assertEqual([t["shard"] for t in manifest["tensors"]], sorted(t["shard"] for t in manifest["tensors"]))
        for s in manifest["shards"]:
            self.assertEqual(os.path.getsize(f"{self.folder.name}/{s['file']}"), s["bytes"])
            self.assertLessEqual(s["bytes"], export.LIMIT)

    def test_weights_with_a_nan_are_refused(self):
        with self.assertRaisesRegex(export.Refused, "not finite"):
            self.write("stylegan2", lambda s: s["synthesis.b8.conv0.weight"].view(-1)[3].fill_(float("nan")))

    def test_weights_of_a_wrong_shape_are_refused(self):
        with self.assertRaisesRegex(export.Refused, "has shape"):
            self.write("stylegan1", lambda s: s.update({"synthesis.layer3.bias": torch.zeros(5)}))

    def test_missing_and_unknown_tensors_are_refused(self):
        with self.assertRaisesRegex(export.Refused, "1 missing"):
            self.write("stylegan2", lambda s: s.pop("synthesis.b4.const"))
        with self.assertRaisesRegex(export.Refused, "1 unknown"):
            self.write("stylegan2", lambda s: s.update({"synthesis.extra": torch.zeros(1)}))

    def test_a_damaged_shard_is_refused(self):
        self.write("stylegan2")
        path = self.folder.name + "/shard-00.safetensors"
        with open(path, "r+b") as f:
            f.seek(-5, os.SEEK_END)
            byte = f.read(1)[0]
            f.seek(-5, os.SEEK_END)
            f.write(bytes([byte ^ 1]))
        with self.assertRaisesRegex(export.Refused, "SHA-256"):
            export.load_shards(self.folder.name)


class ShippedTest(unittest.TestCase):
    def test_every_factor_can_be_read_off_the_shipped_w(self):
        z = latents("shipped", 2048)
        true, target = as_matrix(factors_of(z)), Target()
        for name in (n for n in os.listdir(WEIGHTS) if n.startswith("portraits")):
            g = export.generator_from(f"{WEIGHTS}/{name}")
            with torch.no_grad():
                r2 = r_squared(true, as_matrix(target.read(g.mapping(z))))
            for n, v in zip(NAMES, r2.tolist()):
                self.assertGreaterEqual(v, 0.98, f"{name}: {n}")

    def test_shipped_files_keep_to_their_sizes(self):
        total = 0
        for name in os.listdir(WEIGHTS):
            if name.startswith("portraits") and os.path.exists(f"{WEIGHTS}/{name}/manifest.json"):
                manifest = read(f"{WEIGHTS}/{name}")
                size = sum(s["bytes"] for s in manifest["shards"])
                total += size
                if "lite" in name:
                    self.assertLessEqual(size, 9e6, name)
        self.assertLessEqual(total, 110e6)


if __name__ == "__main__":
    unittest.main()
