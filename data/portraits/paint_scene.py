"""Background, hair behind the head, neck, clothes, ears."""
import torch
from factors import smoothstep
from geometry import bell, over


def background(s):
    """a lit gradient with a glow and a vignette -> picture"""
    c, (lx, _, _) = s.colour, s.light
    gx = s.X * 0.35 * torch.sign(lx) * lx.abs().sqrt() - s.Y * 0.5
    img = c.backdrop_bottom + (c.backdrop_top - c.backdrop_bottom) * smoothstep(-1.1, 1.0, gx).unsqueeze(1)
    glow = (0.10 + 0.10 * s.f.bg_light) * bell(s.X - lx * 0.5, s.Y + 0.25, 0.75, 0.75)
    img = img + glow.unsqueeze(1) * c.key
    return s.vary(img, -0.16 * smoothstep(0.6, 1.5, torch.sqrt(s.X * s.X + s.Y * s.Y)))


def hair_behind(s, img):
    """the cap round the head and the lengths that fall behind it"""
    f = s.f
    hl, vol, wave = f.hair_length, f.hair_volume, f.hair_wave
    s.volume = 0.022 + 0.060 * vol + 0.02 * wave
    s.wobble = wave * (0.35 + 0.65 * hl) * 0.020 * torch.sin(s.hy * 19 + f.part * 2)
    side = s.hx.abs() + s.wobble
    s.hair_width, s.hair_height = s.W + s.volume, s.H + s.volume * 0.95
    end = -0.12 + 1.02 * hl
    short = (1 - smoothstep(0.25, 0.6, hl)) * smoothstep(-0.34, -0.02, s.hy)
    cap_w = (s.W + s.volume * (1 - short) - 0.012 * short) * 1.01
    cap = (torch.sqrt((s.hx / cap_w) ** 2 + ((s.hy + 0.004) / s.hair_height) ** 2 + 1e-5) - 1) * s.hair_width * 0.95
    # lengths of chin height or less stay inside the outline of the face: they read as buns beside it
    inside = 0.17 * (1 - smoothstep(0.42, 0.60, hl))
    width = s.hair_width * (0.985 - inside + 0.13 * smoothstep(-0.1, 0.6, s.hy) * (0.4 + 0.6 * vol) - 0.10 * smoothstep(end - 0.22, end + 0.02, s.hy))
    qx = side - width + 0.08
    qy = (s.hy - (end / 2 - 0.05)).abs() - (end / 2 + 0.05).clamp(min=0.02) + 0.08
    fall = torch.sqrt(qx.clamp(min=0) ** 2 + qy.clamp(min=0) ** 2 + 1e-7) + torch.minimum(torch.maximum(qx, qy), torch.zeros_like(qx)) - 0.08
    cap = torch.maximum(cap, s.hy - (end.clamp(min=0.0) + 0.02))  # short hair: the cap stops near the ear
    k = 0.06
    blend = (0.5 + 0.5 * (fall - cap) / k).clamp(0, 1)
    back = fall + (cap - fall) * blend - k * blend * (1 - blend)
    s.hair_back = torch.maximum(back, s.hy - end.clamp(min=0.06) - 0.05)
    s.hair_side = side
    s.strand_back = s.noise(70.0, 2.2) * 0.5 + s.noise(26.0, 1.6) * 0.5
    s.back_nx = (s.hx / (width + 0.05)).clamp(-1, 1)
    s.back_nz = torch.sqrt((1 - s.back_nx * s.back_nx).clamp(min=0.02))
    colour = s.colour.hair * (0.70 + 0.10 * s.strand_back).unsqueeze(1)
    colour = s.lit(colour, s.back_nx * 0.8, torch.full_like(s.back_nx, -0.15), s.back_nz, wrap=0.4, rim=0.55)
    dark = 1 - 0.35 * smoothstep(0.10, -0.05, s.head)  # beneath the face
    s.keep("hair_back", s.hair_back, 0.10)
    return over(img, colour * dark.unsqueeze(1), s.cover(s.hair_back))


def neck(s, img):
    """neck and shoulders"""
    f, c = s.f, s.colour
    half = 0.150 * f.head_width * (0.92 + 0.16 * f.jaw)
    s.neck_x = s.X - 0.03 * s.sin_yaw
    flare = 0.16 * smoothstep(0.36, 0.69, s.Y) ** 2
    column = torch.maximum(s.neck_x.abs() - half - flare, 0.05 - s.Y)
    s.shoulder = 0.540 + 0.145 * (1 - torch.exp(-(s.X / 0.36) ** 2)) + 0.30 * smoothstep(0.42, 1.15, s.X.abs())
    s.body = (s.shoulder - s.Y) * 0.85
    nx = (s.neck_x / (half + flare + 0.02)).clamp(-1, 1)
    nz = torch.sqrt((1 - nx * nx).clamp(min=0.03))
    chin_shadow = smoothstep(0.17, -0.04, s.head + 0.10 * (s.light[0] * s.neck_x * 2) - 0.02)
    colour = over(c.skin.expand(-1, -1, *s.X.shape[1:]), c.deep, 0.62 * chin_shadow)
    colour = s.lit(colour, nx * 0.85, torch.full_like(nx, 0.05), nz, occlusion=1 - 0.45 * chin_shadow)
    s.neck = torch.minimum(column, s.body)
    s.keep("neck", column, 0.10)
    s.keep("chin_shadow", chin_shadow, 0.5, 0.5)
    return over(img, colour, s.cover(s.neck))


def clothes(s, img):
    """a shirt with a round neck, plain or striped, its collar and shadow"""
    c = s.colour
    neckline = torch.sqrt((s.neck_x / 0.235) ** 2 + ((s.Y - 0.530) / 0.170) ** 2 + 1e-6)
    shape = torch.maximum(s.body, (1 - neckline) * 0.17)
    bx = s.X * 0.72
    by = (-0.55 * torch.exp(-(s.Y - s.shoulder) / 0.12)).clamp(-1, 1)
    bz = torch.sqrt((1 - bx * bx - by * by).clamp(min=0.05))
    weave = s.noise(150.0, 60.0) * 0.5 + s.noise(60.0, 150.0) * 0.5
    wave = torch.sin((s.Y - 0.55 * s.shoulder) * 58)
    stripe = smoothstep(-0.25, 0.25, wave) * max(0.0, 1 - 6 * s.px) + 0.5 * min(1.0, 6 * s.px)
    colour = over(c.cloth.expand(-1, -1, *s.X.shape[1:]), c.stripe, stripe * s.f.cloth_pattern * 0.85)
    colour = s.vary(colour, 0.035 * weave)
    colour = over(colour, c.cloth * 0.80, s.soft((neckline - 1.16) * 0.17, 0.004) * 0.8)
    colour = s.lit(colour, bx, by, bz, wrap=0.45, rim=0.4, occlusion=1 - smoothstep(0.30, 0.0, s.head) * 0.30)
    shadow = s.soft(torch.maximum(s.body, (1 - neckline) * 0.17 - 0.02), 0.02)  # the collar's, on the skin
    img = over(img, img * 0.80, (shadow * (1 - s.cover(shape)) * s.cover(s.neck)).clamp(0, 1))
    s.keep("cloth", shape, 0.10)
    s.keep("stripe", wave * s.cover(shape), 1.0)
    return over(img, colour, s.cover(shape))


def hair_over_shoulders(s, img):
    """long hair falls over the shoulders at the sides"""
    f = s.f
    long = smoothstep(0.45, 0.62, f.hair_length) * smoothstep(0.1, 0.3, s.hy)
    inner = 0.205 + 0.02 * torch.sin(s.hy * 9 + f.part * 3) + 0.05 * smoothstep(0.35, 0.8, s.hy)
    alpha = s.cover(torch.maximum(s.hair_back, inner - s.hair_side)) * long
    shadow = s.soft(torch.maximum(s.hair_back, 0.19 - s.hair_side), 0.05) * long * (1 - alpha) * 0.5
    img = over(img, img * 0.72, shadow)
    colour = s.lit(s.colour.hair * (0.86 + 0.13 * s.strand_back).unsqueeze(1), s.back_nx * 0.9, torch.full_like(s.back_nx, -0.1), s.back_nz, wrap=0.4, rim=0.55)
    s.keep("hair_over", alpha, 0.5, 0.5)
    return over(img, colour, alpha)
