"""Palettes: from colour factors to the colours that a portrait is painted with ([N, 3], linear-ish, 0 to about 1.2)."""
import torch

SKIN = [(.985, .855, .770), (.950, .765, .640), (.870, .645, .495), (.715, .485, .345), (.535, .345, .240), (.385, .245, .175)]
HAIR = [(.915, .770, .540), (.800, .610, .340), (.560, .370, .210), (.360, .225, .145), (.220, .145, .115), (.115, .090, .095)]
EYES = [(.420, .600, .720), (.330, .520, .610), (.400, .520, .350), (.520, .430, .220), (.430, .270, .140), (.270, .160, .090)]
CLOTH = [(.200, .330, .460), (.180, .470, .480), (.380, .520, .330), (.860, .650, .290), (.800, .400, .270), (.650, .250, .300), (.430, .300, .480)]
BACKGROUND = [(.560, .700, .740), (.620, .730, .640), (.880, .800, .640), (.930, .720, .560), (.870, .620, .580), (.660, .590, .720)]


def constant(like, values):
    """tuple -> tensor of the dtype and device of `like`"""
    return torch.tensor(values, dtype=like.dtype, device=like.device)


def palette(t, colours):
    """[N] in 0..1 -> [N, 3]: a smooth piecewise mix of the given colours"""
    c = constant(t, colours)
    n = len(colours) - 1
    x = t.clamp(0, 1) * n
    w = (1 - (x[:, None] - torch.arange(n + 1, device=t.device, dtype=t.dtype)).abs()).clamp(min=0)
    w = w * w * (3 - 2 * w)
    return (w / w.sum(1, keepdim=True)) @ c


def colours_of(f):
    """factors -> dict of [N, 3]: skin, deep (skin in its own shadow), hair, iris, lips, blush, cloth, stripe,
    background, backdrop_top, backdrop_bottom, ambient, key (light), rim"""
    col = lambda name: f[name][:, None]
    skin = palette(f["skin"], SKIN) * (1 + (col("skin_warm") - 0.5) * constant(f["skin"], (.05, -.005, -.11)))
    # a redness of 0 must not turn pale blond green: the cool side stops early
    hair = palette(f["hair_dark"], HAIR) * (1 + (col("hair_red") - 0.08) * constant(f["skin"], (.36, -.15, -.38)))
    warm = col("light_warm")
    ambient = constant(f["skin"], (.60, .57, .63)) * (1 - warm) + constant(f["skin"], (.66, .55, .56)) * warm
    cool_key, warm_key = constant(f["skin"], (.95, 1.0, 1.06)), constant(f["skin"], (1.06, .985, .88))
    key = cool_key + (warm_key - cool_key) * warm
    dark = col("cloth_dark")
    cloth = palette(f["cloth_hue"], CLOTH) * (1.12 - 0.62 * dark) + 0.12 * (1 - dark)
    stripe = cloth * 0.35 + 0.65 * constant(f["skin"], (.96, .92, .84)) * (1.0 - 0.25 * (1 - dark))
    background = palette(f["bg_hue"], BACKGROUND)
    light = col("bg_light")
    lips = skin * constant(f["skin"], (.86, .60, .57))
    painted = constant(f["skin"], (.74, .20, .24)) * (0.55 + 0.45 * skin)
    return {
        "skin": skin, "deep": skin * constant(f["skin"], (.72, .50, .47)), "hair": hair, "iris": palette(f["eye_colour"], EYES),
        "lips": lips + (painted - lips) * col("lip_colour") ** 1.5,
        "blush": constant(f["skin"], (.93, .42, .38)) * (0.35 + 0.65 * skin),
        "cloth": cloth, "stripe": stripe, "background": background,
        "backdrop_top": background * (0.62 + 0.40 * light), "backdrop_bottom": (background * 0.72 + 0.06) * (0.38 + 0.40 * light),
        "ambient": ambient, "key": key, "rim": (background * 0.5 + 0.55).clamp(max=1.15),
    }


def light_direction(f):
    """factors -> ([N], [N], [N]): unit vector towards the key light (x right, y down, z to the viewer)"""
    az, el = f["light_az"] * 0.95, 0.25 + 0.55 * f["light_el"]
    return torch.sin(az) * torch.cos(el), -torch.sin(el), torch.cos(az) * torch.cos(el)
