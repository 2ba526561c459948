"""Reads the pool of small pictures (pool.py) and the w of their latents."""
import glob
import torch
from factors import as_matrix
from pool import latents_of_part


class Pool:
    """all parts in memory; w is centred (the mean of w taken off)"""

    def __init__(self, folder, mapping, center, limit=None, device="cpu"):
        self.folder, self.mapping, self.center, self.limit, self.device = folder, mapping, center, limit, device
        self.names, self.parts = [], []
        self.refresh()

    @torch.no_grad()
    def refresh(self):
        """takes in parts that appeared since"""
        for name in sorted(glob.glob(self.folder + "/part-*.pt"))[:self.limit]:
            if name in self.names:
                continue
            part = torch.load(name, map_location="cpu")
            z, _, f = latents_of_part(int(name[-6:-3]))
            part["w"] = torch.stack([self.mapping(v.to(self.device)) - self.center for v in z]).cpu()
            part["factors"] = as_matrix(f)
            self.names.append(name)
            self.parts.append(part)
        self.index = torch.cat([torch.stack([torch.full([len(p["picture"])], i), torch.arange(len(p["picture"]))], 1) for i, p in enumerate(self.parts)])

    def __len__(self):
        return len(self.index)

    def batch(self, count, generator=None):
        """-> dict: w [3, N, 512], picture, canonical (-1..1), buffers (-1..1), factors [N, 40]"""
        rows = self.index[torch.randint(len(self.index), (count,), generator=generator)].tolist()
        pick = lambda key: torch.stack([self.parts[p][key][i] for p, i in rows])
        batch = {"w": torch.stack([self.parts[p]["w"][:, i] for p, i in rows], 1), "picture": pick("picture").float() / 127.5 - 1,
                "canonical": pick("canonical").float() / 127.5 - 1, "buffers": pick("buffers").float() / 127, "factors": pick("factors"), "mixed": pick("mixed")}
        return {k: v.to(self.device) for k, v in batch.items()}


def layer_styles(w, num_ws):
    """[3, N, 512] (coarse, middle, fine) -> [N, num_ws, 512]: w 0-3, 4-7, 8 and above"""
    a, b = min(4, num_ws), min(4, max(0, num_ws - 4))
    n = w.shape[1]
    return torch.cat([w[0][:, None].expand(n, a, -1), w[1][:, None].expand(n, b, -1), w[2][:, None].expand(n, num_ws - a - b, -1)], 1)
