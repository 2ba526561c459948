"""Hair in front: the sides and the fringe, with an opening for the face."""
import torch
from factors import smoothstep
from geometry import over, turn_back


def front_shape(s):
    """-> s.hair_front, its signed distance (needed before the face: it throws a shadow), and its coordinates"""
    f = s.f
    hl, vol, fr = f.hair_length, f.hair_volume, f.fringe
    short = 1 - smoothstep(0.25, 0.6, hl)
    taper = short * smoothstep(-0.34, -0.02, s.hy)
    width = s.W + s.volume * (1 - taper) - 0.010 * taper
    stretch = 1 + 1.1 * smoothstep(0.35, 0.7, hl)
    s.hair_q = s.hx / width
    s.hair_t = s.hy / s.hair_height / torch.where(s.hy > 0, stretch, torch.ones_like(s.hy))
    r2 = s.hair_q ** 2 + s.hair_t ** 2
    s.hair_z = torch.sqrt((1 - r2).clamp(min=1e-4))
    s.hair_norm = torch.sqrt(r2.clamp(min=1.0))
    ax, ay, az = turn_back(s, s.hair_q / s.hair_norm, s.hair_t / s.hair_norm, s.hair_z)
    u, v = ax * width, ay * s.hair_height
    s.hair_u, s.hair_v = u, v * torch.where(v > 0, stretch, torch.ones_like(v))
    u, v = s.hair_u, s.hair_v
    s.part = f.part * 0.10
    ox, oy = 0.272 + 0.012 * (1 - hl) - 0.022 * hl * vol, 0.405 - 0.035 * vol - 0.125 * fr * fr
    opening = (torch.sqrt(((u - 0.25 * s.part * fr) / ox) ** 2 + ((v - 0.100).clamp(max=0) / oy) ** 2 + 1e-5) - 1) * 0.27
    notch = (0.055 + 0.03 * fr) * torch.exp(-((u - s.part) / 0.065) ** 2) * smoothstep(0.0, -0.2, v)  # at the part
    locks = (0.014 * torch.sin((u - s.part) * 34) + 0.010 * s.noise(22.0, 4.0)) * smoothstep(0.05, -0.15, v) * (0.35 + 0.9 * fr)
    s.hair_edge = -(opening - notch + locks)
    # sideburns: the sides end on a slant, lower towards the ear
    end = -0.10 + 0.21 * smoothstep(0.235, 0.325, u.abs()) + 0.95 * smoothstep(0.25, 0.60, hl)
    s.side_end = v - end
    shape = torch.maximum(s.hair_edge, (torch.sqrt(r2 + 1e-6) - 1) * s.hair_width * 0.95 + s.wobble * 0.5)
    shape = torch.maximum(shape, s.side_end)
    s.hair_front = torch.maximum(shape, -(az + 0.30) * 0.3)
    s.short_hair = short
    s.keep("hair_front", s.hair_front, 0.10)
    s.keep("hair_edge", s.hair_edge, 0.10)


def front(s, img):
    """strands swept from the part, a highlight band, faded sideburns"""
    lx, ly, lz = s.light
    strands = 0.42 * s.noise(62.0, 1.7) + 0.42 * s.noise(24.0, 1.3) + 0.25 * s.noise(120.0, 2.4)
    colour = s.colour.hair * (0.92 + 0.13 * strands).unsqueeze(1)
    part = torch.exp(-((s.hair_u - s.part) / 0.012) ** 2) * smoothstep(-0.18, -0.30, s.hair_v)
    colour = s.vary(colour, -0.30 * part)
    colour = s.vary(colour, -0.12 * smoothstep(0.06, 0.0, -s.hair_edge))  # darker round the face
    nx, ny, nz = s.hair_q / s.hair_norm, s.hair_t / s.hair_norm, s.hair_z
    lit = s.lit(colour, nx, ny, nz, wrap=0.42, rim=0.60)
    tangent = ny + 0.42 - 0.30 * lx * nx
    band = torch.exp(-((tangent + 0.03 * strands) / 0.16) ** 2) * (0.10 + 0.10 * strands).clamp(min=0) * (0.5 + 0.5 * (nx * lx + nz * lz)).clamp(0, 1)
    lit = lit + band.unsqueeze(1) * (s.colour.hair * 0.9 + 0.28) * s.colour.key * 1.5
    fade = 1 - s.short_hair * smoothstep(-0.075, -0.005, s.side_end)
    cover = s.cover(s.hair_front) * fade
    s.keep("front_cover", cover, 0.5, 0.5)
    s.keep("hair_normal_x", nx * cover, 1.0)
    s.keep("hair_normal_y", ny * cover, 1.0)
    s.keep("part", part * cover, 0.5, 0.5)
    return over(img, lit, cover)
