"""w*, the target of the mapping network: an orthonormal picture of the factors, and of what painting needs of them.

Under supervision W is designed, not learned: w* = offset + A (features - mean) / std * weight. A feature is a factor itself
(weight 1), or a smooth function of the factors of one group that makes the synthesis network's task linear (weight
below 1): products of pose angles, colours, colours times the light direction. Columns of A are orthonormal and
orthogonal to the all-ones vector; the offset keeps the last leaky ReLU of the mapping network in its linear part.
"""
import numpy as np
import torch
import colours
from factors import COARSE, MIDDLE, FINE, NAMES, NORMALS, factors_from_normals, smoothstep
from hashing import normals, orthonormal

W_DIM = 512
OFFSET = 2.0
EXTRA_WEIGHT = 0.5


def features(f):
    """factors -> (dict group -> [N, n] raw features). The first columns of each group are its factors."""
    stack = lambda names: torch.stack([f[n] for n in names], 1)
    yaw, pitch, roll, hair = f["yaw"], f["pitch"], f["roll"], f["hair_length"]
    bumps = [torch.exp(-((hair - c) / 0.17) ** 2) for c in (0.12, 0.37, 0.62, 0.87)]
    coarse = torch.stack([yaw * yaw, pitch * pitch, roll * roll, yaw * pitch, yaw * roll, pitch * roll,
                          yaw * (f["head_width"] - 1), f["part"] * f["fringe"], hair * f["hair_wave"], hair * f["hair_volume"],
                          yaw * f["glasses"], pitch * f["glasses"], roll * f["glasses"]] + bumps, 1)
    middle = torch.stack([smoothstep(0.55, 1.0, f["smile"]), f["smile"] * f["mouth_width"], f["smile"] * f["lip_full"],
                          f["eye_open"] * f["eye_size"], smoothstep(0.0, 0.4, f["beard"]), f["brow_thick"] * f["brow_angle"]], 1)
    c = colours.colours_of(f)
    lx, ly, lz = (v[:, None] for v in colours.light_direction(f))
    fine = []
    for name in ("skin", "hair", "cloth", "stripe"):
        ambient, lit = c[name] * c["ambient"], c[name] * (c["key"] * 1.06 - c["ambient"])
        fine += [ambient, lit * lx, lit * ly, lit * lz]
    fine += [c["skin"], c["hair"], c["iris"], c["lips"], c["blush"] * f["blush"][:, None], c["backdrop_top"], c["backdrop_bottom"], c["key"],
             c["cloth"] * f["cloth_pattern"][:, None], c["stripe"] * f["cloth_pattern"][:, None],
             torch.cat([lx, ly, lz, lx * f["bg_light"][:, None], ly * f["bg_light"][:, None]], 1)]
    return {"coarse": torch.cat([stack(COARSE), coarse], 1), "middle": torch.cat([stack(MIDDLE), middle], 1),
            "fine": torch.cat([stack(FINE)] + fine, 1)}


class Target:
    """factors -> w*; holds the embedding and each group's columns"""

    def __init__(self):
        g = torch.from_numpy(normals("portraits/moments", (20000, NORMALS))).float()
        parts = features(factors_from_normals(g))
        sizes = {k: v.shape[1] for k, v in parts.items()}
        factor_counts = {"coarse": len(COARSE), "middle": len(MIDDLE), "fine": len(FINE)}
        x = torch.cat(list(parts.values()), 1)
        self.mean, self.std = x.mean(0), x.std(0)
        total = x.shape[1]
        weight = torch.full([total], EXTRA_WEIGHT)
        self.columns, self.factor_column, start = {}, {}, 0
        for k, n in sizes.items():
            self.columns[k] = slice(start, start + n)
            weight[start:start + factor_counts[k]] = 1.0
            for i, name in enumerate({"coarse": COARSE, "middle": MIDDLE, "fine": FINE}[k]):
                self.factor_column[name] = start + i
            start += n
        raw = normals("portraits/embedding", (W_DIM, total))
        raw = raw - raw.mean(0, keepdims=True)  # orthogonal to the all-ones vector
        q, r = np.linalg.qr(raw)
        q = torch.from_numpy(q * np.where(np.diag(r) < 0, -1.0, 1.0)).float()
        gain = (W_DIM / float((weight ** 2).sum())) ** 0.5  # unit variance per component of w
        self.basis, self.weight, self.gain = q, weight, gain

    def __call__(self, f):
        """factors -> [N, 512]"""
        x = torch.cat(list(features(f).values()), 1)
        return OFFSET + (((x - self.mean) / self.std).clamp(-4, 4) * self.weight * self.gain) @ self.basis.t()

    def read(self, w):
        """[N, 512] -> dict factor -> [N]: the linear read-out"""
        x = ((w - OFFSET) @ self.basis) / (self.weight * self.gain) * self.std + self.mean
        return {n: x[:, self.factor_column[n]] for n in NAMES}

    def subspace(self, group):
        """orthonormal columns of w-space that carry a group -> [512, n]"""
        return self.basis[:, self.columns[group]]
