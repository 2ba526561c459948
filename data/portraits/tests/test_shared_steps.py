"""Processes that share steps: the mean of gradients, whatever their layout, and one clock."""
import os
import tempfile
import unittest
import torch
import torch.multiprocessing
from shared_steps import SharedSteps


def parameters(rank):
    """a matrix, a kernel kept channels-last, one that only the first process used, one that nobody did"""
    p = [torch.zeros(2, 3), torch.zeros(4, 3, 3, 3).contiguous(memory_format=torch.channels_last), torch.zeros(5), torch.zeros(5)]
    g = torch.Generator().manual_seed(rank)
    p[0].grad, p[1].grad = torch.randn(2, 3, generator=g), torch.randn(4, 3, 3, 3, generator=g).contiguous(memory_format=torch.channels_last)
    if rank == 0:
        p[2].grad = torch.ones(5)
    return p


def process(rank, folder):
    shared = SharedSteps(rank, 2, os.path.join(folder, "meet"))
    mine = parameters(rank)
    shared.average_gradients(mine)
    torch.save({"gradients": [p.grad for p in mine], "agreed": shared.agree(0.25 + rank)}, os.path.join(folder, f"{rank}.pt"))


class SharedStepsTest(unittest.TestCase):
    def test_each_process_gets_the_mean_gradient_and_the_first_ones_clock(self):
        with tempfile.TemporaryDirectory() as folder:
            torch.multiprocessing.spawn(process, (folder,), 2)
            got = [torch.load(os.path.join(folder, f"{r}.pt")) for r in (0, 1)]
        a, b = parameters(0), parameters(1)
        for g in got:
            self.assertEqual(g["agreed"], 0.25)
            for i in (0, 1):
                self.assertLess((g["gradients"][i] - (a[i].grad + b[i].grad) / 2).abs().max().item(), 1e-6)
            self.assertTrue(torch.equal(g["gradients"][2], torch.full([5], 0.5)))
            self.assertIsNone(g["gradients"][3])

    def test_one_process_alone_changes_nothing(self):
        p = parameters(0)
        before = p[0].grad.clone()
        SharedSteps().average_gradients(p)
        self.assertTrue(torch.equal(p[0].grad, before))
        self.assertEqual(SharedSteps().agree(0.7), 0.7)


if __name__ == "__main__":
    unittest.main()
