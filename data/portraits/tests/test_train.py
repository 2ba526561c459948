"""The trainer: resumes, survives a kill, refuses other configurations, stops on NaN, shares steps between processes."""
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import torch
import mapping
import pool
from factors import factors_of
from render import render
from target import Target

HERE = os.path.dirname(os.path.abspath(__file__))


class TrainTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        torch.manual_seed(0)
        net = mapping.Mapping()
        net.start(Target())
        torch.save(net.state_dict(), cls.folder.name + "/mapping.pt")
        os.mkdir(cls.folder.name + "/pool")
        saved = pool.PART
        pool.PART = 8
        original = pool.latents_of_part
        try:
            pool.latents_of_part = lambda number, count=8: tuple(v[:, :8] if v.dim() == 3 else v[:8] for v in original(number)[:2]) + ({k: v[:8] for k, v in original(number)[2].items()},)
            torch.save(pool.make_part(0), cls.folder.name + "/pool/part-000.pt")
        finally:
            pool.PART, pool.latents_of_part = saved, original

    def command(self, state, family="stylegan2", *more):
        d = self.folder.name
        return [sys.executable, os.path.join(HERE, "../train.py"), "--family", family, "--width", "tiny", "--state", f"{d}/{state}", "--mapping", f"{d}/mapping.pt",
                "--pool", d + "/pool", "--batch", "2", "--minutes", "2", *more]

    def run_trainer(self, state, *more, family="stylegan2"):
        return subprocess.run(self.command(state, family, *more), capture_output=True, text=True)

    def bytes(self, name):
        with open(f"{self.folder.name}/{name}", "rb") as f:
            return f.read()

    def state(self, name):
        return torch.load(f"{self.folder.name}/{name}", map_location="cpu")

    def test_a_run_saves_and_the_next_one_goes_on(self):
        for family in ("stylegan1", "stylegan2"):
            views = ["--views", "32:0:2", "64:32:2" if family == "stylegan2" else "64:0:2"]
            self.assertEqual(self.run_trainer(f"{family}.pt", "--steps", "2", *views, family=family).returncode, 0)
            first = self.state(f"{family}.pt")
            self.assertEqual(first["trained"]["steps"], 2)
            # a rate of 0: loading, two steps and saving change nothing but rounding
            self.assertEqual(self.run_trainer(f"{family}.pt", "--steps", "2", "--rate", "0", *views, family=family).returncode, 0)
            again = self.state(f"{family}.pt")
            self.assertEqual(again["trained"]["steps"], 4)
            for k, v in first["generator"].items():
                self.assertLess((v - again["generator"][k]).abs().max().item(), 1e-4 * max(1.0, v.abs().max().item()), k)

    def test_two_processes_take_each_step_together(self):
        done = self.run_trainer("both.pt", "--steps", "3", "--processes", "2", "--views", "32")
        self.assertEqual(done.returncode, 0, done.stderr)
        trained = self.state("both.pt")["trained"]
        self.assertEqual((trained["steps"], trained["pictures"]), (3, 3 * 2 * 2))

    def test_a_kill_leaves_a_state_that_loads(self):
        process = subprocess.Popen(self.command("killed.pt", "stylegan2", "--save-every", "0", "--views", "32"), stdout=subprocess.DEVNULL)
        path, deadline = f"{self.folder.name}/killed.pt", time.time() + 90
        while not os.path.exists(path) and time.time() < deadline:
            time.sleep(0.2)
        time.sleep(1.0)
        process.send_signal(signal.SIGKILL)
        process.wait()
        steps = self.state("killed.pt")["trained"]["steps"]
        self.assertGreater(steps, 0)
        self.assertEqual(self.run_trainer("killed.pt", "--steps", "1", "--views", "32").returncode, 0)
        self.assertEqual(self.state("killed.pt")["trained"]["steps"], steps + 1)

    def test_a_state_of_another_configuration_is_refused(self):
        torch.save({"family": "stylegan2", "config": {"img_resolution": 64}}, f"{self.folder.name}/other.pt")
        before = self.bytes("other.pt")
        result = self.run_trainer("other.pt", "--steps", "1", "--views", "32")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("refused", result.stderr)
        self.assertEqual(self.bytes("other.pt"), before)

    def test_a_nan_ends_the_run_and_keeps_the_last_state(self):
        self.assertEqual(self.run_trainer("nan.pt", "--steps", "1", "--views", "32").returncode, 0)
        state = self.state("nan.pt")
        state["generator"]["synthesis.b8.conv0.weight"][0, 0, 0, 0] = float("nan")
        torch.save(state, f"{self.folder.name}/nan.pt")
        before = self.bytes("nan.pt")
        for processes in ("1", "2"):
            self.assertEqual(self.run_trainer("nan.pt", "--steps", "2", "--processes", processes, "--views", "32").returncode, 3)
            self.assertEqual(self.bytes("nan.pt"), before)

    def test_the_pool_holds_the_true_pictures_of_its_latents(self):
        part = torch.load(self.folder.name + "/pool/part-000.pt")
        z, mixed, f = pool.latents_of_part(0)
        want = render({k: v[:3] for k, v in f.items()}, 64)
        self.assertLess((part["picture"][:3].float() / 127.5 - 1 - want).abs().max().item(), 0.01)
        plain = (~mixed).nonzero()[0, 0]
        self.assertTrue(torch.equal(z[0, plain], z[2, plain]))
        self.assertAlmostEqual(float(f["skin"][plain]), float(factors_of(z[0, plain:plain + 1])["skin"][0]), places=5)


if __name__ == "__main__":
    unittest.main()
