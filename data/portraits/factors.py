"""The forty factors of a portrait, their joint distribution, and the fixed map from z to factors.

Factors are smooth functions of standard normals, correlated on purpose through a shared "build" axis. They fall
into three groups by the synthesis layers that are to know them (style mixing): coarse (w 0-3, 4 and 8 px), middle
(w 4-7, 16 and 32 px) and fine (w 8-17, 64 px and above).
"""
import math
import numpy as np
import torch
from hashing import normals, orthonormal

COARSE = ["yaw", "pitch", "roll", "head_width", "head_length", "jaw", "hair_length", "hair_volume", "hair_wave",
          "fringe", "part", "glasses"]
MIDDLE = ["eye_size", "eye_open", "eye_spacing", "brow_height", "brow_angle", "brow_thick", "nose_size", "smile",
          "mouth_width", "lip_full", "ear_size", "beard"]
FINE = ["skin", "skin_warm", "hair_dark", "hair_red", "eye_colour", "lip_colour", "blush", "freckles", "cloth_hue",
        "cloth_dark", "cloth_pattern", "bg_hue", "bg_light", "light_az", "light_el", "light_warm"]
NAMES = COARSE + MIDDLE + FINE
GROUPS = {"coarse": COARSE, "middle": MIDDLE, "fine": FINE}
GROUP_OF = {n: g for g, names in GROUPS.items() for n in names}
NORMALS = len(NAMES) + 1  # one more: the shared build axis
Z_DIM = 512
# Yes/no questions for the separability chapter: a factor and the threshold that answers it.
LABELS = {"long hair": ("hair_length", 0.5), "glasses": ("glasses", 0.5), "beard": ("beard", 0.3),
          "smiling": ("smile", 0.6), "looking left": ("yaw", 0.0), "dark skin": ("skin", 0.55),
          "dark hair": ("hair_dark", 0.6), "striped cloth": ("cloth_pattern", 0.5), "freckles": ("freckles", 0.2),
          "bright background": ("bg_light", 0.5)}


def cumulative(x):
    """standard normal distribution function"""
    return 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def smoothstep(a, b, x):
    """0 below a, 1 above b, cubic between (a > b reverses it)"""
    t = ((x - a) / (b - a)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def factors_from_normals(g):
    """[N, 41] standard normals -> dict name -> [N]"""
    n = {name: g[:, i] for i, name in enumerate(NAMES)}
    build = g[:, -1]
    masculine = cumulative(build)

    def spread(name, other=0.0, weight=0.0):
        """uniform marginal after adding a correlated term of that weight"""
        return cumulative((n[name] + other) / math.sqrt(1 + weight * weight))

    f = {}
    f["yaw"] = 0.44 * torch.tanh(0.75 * n["yaw"])
    f["pitch"] = 0.22 * torch.tanh(0.8 * n["pitch"])
    f["roll"] = 0.16 * torch.tanh(0.7 * n["roll"] + 0.35 * n["yaw"])
    f["head_width"] = 1 + 0.075 * torch.tanh((n["head_width"] + build) / math.sqrt(2))
    f["head_length"] = 1 + 0.060 * torch.tanh(n["head_length"])
    f["jaw"] = spread("jaw", 1.6 * build, 1.6)
    f["hair_length"] = torch.sigmoid(2.6 * (n["hair_length"] - 1.5 * build + 0.1))  # bimodal
    f["hair_volume"] = spread("hair_volume", 0.4 * n["hair_wave"], 0.4)
    f["hair_wave"] = spread("hair_wave")
    f["fringe"] = spread("fringe", 0.5 * (f["hair_length"] - 0.5), 0.1)
    f["part"] = torch.tanh(n["part"])
    f["glasses"] = smoothstep(0.60, 0.78, spread("glasses"))
    f["eye_size"] = spread("eye_size", -0.7 * build, 0.7)
    f["eye_open"] = spread("eye_open", -0.4 * n["smile"], 0.4)
    f["eye_spacing"] = spread("eye_spacing")
    f["brow_height"] = spread("brow_height", 0.4 * n["eye_open"], 0.4)
    f["brow_angle"] = torch.tanh(n["brow_angle"])
    f["brow_thick"] = spread("brow_thick", 0.9 * build, 0.9)
    f["nose_size"] = spread("nose_size", 0.5 * build, 0.5)
    f["smile"] = spread("smile")
    f["mouth_width"] = spread("mouth_width", 0.6 * n["smile"], 0.6)
    f["lip_full"] = spread("lip_full", -0.7 * build, 0.7)
    f["ear_size"] = spread("ear_size")
    short = 1 - 0.9 * smoothstep(0.3, 0.7, f["hair_length"])
    f["beard"] = smoothstep(0.50, 0.85, masculine) * smoothstep(0.05, 0.9, spread("beard")) * short
    f["skin"] = spread("skin")
    f["skin_warm"] = spread("skin_warm")
    dark = spread("hair_dark", 1.1 * n["skin"], 1.1)
    f["hair_dark"] = dark + (1 - dark) * 0.8 * smoothstep(0.55, 0.85, f["skin"])
    f["hair_red"] = spread("hair_red") * (1 - 0.7 * f["skin"])
    f["eye_colour"] = spread("eye_colour", n["skin"], 1.0)
    f["lip_colour"] = spread("lip_colour", -0.8 * build, 0.8)
    f["blush"] = spread("blush", -0.5 * n["skin"], 0.5)
    f["freckles"] = smoothstep(0.55, 1.0, spread("freckles")) * (1 - 0.8 * smoothstep(0.4, 0.8, f["skin"]))
    f["cloth_hue"] = spread("cloth_hue")
    f["cloth_dark"] = spread("cloth_dark")
    f["cloth_pattern"] = smoothstep(0.45, 0.75, spread("cloth_pattern"))
    f["bg_hue"] = spread("bg_hue")
    f["bg_light"] = spread("bg_light")
    f["light_az"] = torch.tanh(n["light_az"])
    f["light_el"] = spread("light_el")
    f["light_warm"] = spread("light_warm", 0.5 * n["bg_hue"], 0.5)
    return f


PROJECTION = torch.from_numpy(orthonormal("portraits/projection", Z_DIM, NORMALS))  # [512, 41] float64


def normalize_second_moment(z):
    """[N, 512] -> [N, 512] of unit mean square (both families begin so)"""
    return z * torch.rsqrt((z * z).mean(1, keepdim=True) + 1e-8)


def factors_of(z):
    """[N, 512] latents -> dict name -> [N] float32: the portrait that every latent stands for"""
    z = normalize_second_moment(z.double())
    return factors_from_normals((z @ PROJECTION.to(z.device)).float())


def mix(coarse, middle, fine):
    """three dicts of factors -> one, each group from its own"""
    source = {"coarse": coarse, "middle": middle, "fine": fine}
    return {n: source[GROUP_OF[n]][n] for n in NAMES}


def as_matrix(f):
    """dict -> [N, 40]"""
    return torch.stack([f[n] for n in NAMES], 1)


def from_matrix(m):
    """[N, 40] -> dict"""
    return {n: m[:, i] for i, n in enumerate(NAMES)}


def _moments():
    g = torch.from_numpy(normals("portraits/moments", (20000, NORMALS))).float()
    m = as_matrix(factors_from_normals(g))
    return m.mean(0), m.std(0)


MEAN, STD = _moments()  # [40] each


def canonical(f):
    """the same scene in the mean colours and light: what the layers below 64 px can know"""
    return {n: torch.full_like(v, float(MEAN[NAMES.index(n)])) if n in FINE else v for n, v in f.items()}


def latents(name, count):
    """`count` evaluation latents, the same everywhere -> [count, 512] float32"""
    return torch.from_numpy(normals("portraits/" + name, (count, Z_DIM))).float()
