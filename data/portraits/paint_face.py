"""Ears, skin, nose relief, beard, mouth."""
import torch
from factors import smoothstep
from geometry import EYE_LINE, MOUTH_LINE, bell, over


def ears(s, img):
    """two ellipses that hide behind long hair"""
    f, size = s.f, 0.75 + 0.45 * s.f.ear_size
    rx, ry = 0.050 * size, 0.088 * size
    nearest = None
    for side in (-1.0, 1.0):
        ax = (s.hx - side * s.W * 0.985 + s.sin_yaw * 0.055) * side
        ay = s.hy - 0.02 + 0.05 * f.pitch
        tilt = ax + 0.22 * ay
        d = (torch.sqrt((tilt / rx) ** 2 + (ay / ry) ** 2 + 1e-5) - 1) * rx
        hollow = s.soft((torch.sqrt(((tilt - 0.004) / (rx * 0.62)) ** 2 + ((ay + 0.006) / (ry * 0.66)) ** 2 + 1e-5) - 1) * rx * 0.62, 0.010)
        colour = over(s.colour.skin.expand(-1, -1, *s.X.shape[1:]), s.colour.deep, 0.15 + 0.55 * hollow)
        colour = s.lit(colour, torch.full_like(s.hx, side * 0.45), -ay / ry * 0.2, torch.full_like(s.hx, 0.85), rim=0.2)
        img = over(img, colour, s.cover(d) * (1 - smoothstep(0.40, 0.62, f.hair_length)))
        nearest = d if nearest is None else torch.minimum(nearest, d)
    s.keep("ear", nearest, 0.06)
    return img


def relief(s):
    """surface normal of the face: nose, cheeks, chin, eye sockets, brow bone -> s.nx, s.ny, s.nz"""
    f = s.f
    s.nose_scale = ns = 0.90 + 0.32 * f.nose_size
    s.nose_tip = tip = 0.118 + 0.012 * f.nose_size
    s.turn = torch.tan(f.yaw)
    s.Un = s.U - 0.055 * s.turn

    def height(u, v):
        profile = smoothstep(-0.075, 0.106, v - 0.012 * f.nose_size)
        fall = smoothstep(tip + 0.034 * ns, tip + 0.002, v)
        us = u - 0.055 * s.turn * profile
        ridge = torch.exp(-(us / ((0.023 + 0.019 * profile * profile) * ns)) ** 2) * (0.25 + 0.75 * profile) * smoothstep(-0.16, -0.03, v) * fall
        wing = bell(us.abs() - 0.038 * ns, v - tip - 0.004, 0.018 * ns, 0.020 * ns)
        ball = bell(us, v - tip, 0.030 * ns, 0.026 * ns)
        return 0.027 * ridge + 0.012 * wing + 0.020 * ball

    e = 0.004
    h0 = height(s.U, s.V)
    s.gu, s.gv = (height(s.U + e, s.V) - h0) / e, (height(s.U, s.V + e) - h0) / e
    s.eye_at = 0.118 + 0.030 * f.eye_spacing
    for uc, vc, su, sv, amount in [(-0.165, .105, .09, .08, .010), (.165, .105, .09, .08, .010), (0, .345, .07, .055, .010),
                                   (-s.eye_at, -0.005, .075, .055, -.013), (s.eye_at, -0.005, .075, .055, -.013), (0, -.10, .2, .06, .006)]:
        a = amount * bell(s.U - uc, s.V - vc, su, sv)
        s.gu, s.gv = s.gu - 2 * (s.U - uc) / su ** 2 * a, s.gv - 2 * (s.V - vc) / sv ** 2 * a
    nx, ny, nz = s.q / s.norm * 0.92 - s.gu, s.sphere_y / s.norm * 0.80 - s.gv * 0.9, s.head_z
    n = torch.rsqrt(nx * nx + ny * ny + nz * nz + 1e-6)
    s.nx, s.ny, s.nz = nx * n, ny * n, nz * n
    s.mouth_half = (0.066 + 0.034 * f.mouth_width) * (0.95 + 0.12 * f.smile)
    inside = s.cover(s.head)
    s.keep("normal_x", s.nx * inside, 1.0)
    s.keep("normal_y", s.ny * inside, 1.0)
    s.keep("relief_u", s.gu * inside, 0.6)
    s.keep("relief_v", s.gv * inside, 0.6)


def beard(s):
    """-> alpha of the beard and moustache [N, h, w], its texture"""
    f = s.f
    bd = f.beard
    grain = s.noise(120.0, 42.0) * 0.6 + s.noise(45.0, 26.0) * 0.4
    au = s.U.abs()
    edge = 0.200 - 7.0 * (au - 0.125).clamp(min=0) ** 2 - 0.02 * bd
    jaw = smoothstep(-0.030, 0.034, s.V - edge + 0.010 * grain)
    lip = s.soft(torch.sqrt((s.U / (s.mouth_half * 1.18)) ** 2 + ((s.V - MOUTH_LINE + 0.036 - 0.075 * au) / 0.026) ** 2 + 1e-5) - 1, 0.35)
    mouth = bell(s.U, s.V - MOUTH_LINE - 0.004, s.mouth_half * 1.10, 0.034)
    where = torch.maximum(jaw * (1 - smoothstep(0.25, 0.75, mouth)), lip) * s.front
    alpha = (where * smoothstep(0.0, 0.55, bd) * (0.80 + 0.18 * grain * smoothstep(0.1, 0.4, bd))).clamp(0, 1)
    return alpha * (0.35 + 0.65 * smoothstep(0.1, 0.8, bd)), grain


def skin(s):
    """the lit skin of the face with blush, freckles, occlusion, beard, highlights -> colour [N, 3, h, w]"""
    f, c = s.f, s.colour
    lx, ly, lz = s.light
    ns, tip = s.nose_scale, s.nose_tip
    col = c.skin.expand(-1, -1, *s.X.shape[1:])
    flush = c.blush
    cheek = bell(s.U.abs() - 0.165, s.V - 0.105 + 0.02 * f.smile, 0.085, 0.070)
    col = over(col, flush, cheek * (0.08 + 0.26 * f.blush) * (1 - 0.7 * f.beard))
    col = over(col, flush, bell(s.Un, s.V - tip, 0.045, 0.035) * (0.06 + 0.16 * f.blush))
    socket = bell(s.U.abs() - s.eye_at, s.V - EYE_LINE + 0.005, 0.070, 0.042)
    nose_side = smoothstep(0.05, 0.9, (-(s.gu * lx) * 1.5).clamp(0, 1)) * bell(s.U - 0.033 * s.turn, s.V - 0.06, 0.075, 0.10)
    col = over(col, c.deep, 0.16 * socket + 0.42 * nose_side)
    freckled = (bell(s.U.abs() - 0.12, s.V - 0.085, 0.13, 0.075) + 0.6 * bell(s.U, s.V - 0.06, 0.06, 0.07)).clamp(0, 1)
    # the share of skin under freckles is kept when there is no texture to place them
    spots = smoothstep(0.85, 1.5, s.noise(88.0, 88.0)) if s.textured else torch.full_like(s.U, 0.11)
    tint = c.skin * torch.tensor([.76, .58, .48], device=s.X.device).view(1, 3, 1, 1)
    col = over(col, tint, spots * freckled * f.freckles * 0.75)
    col = s.vary(col, 0.010 * s.noise(110.0, 110.0))
    occ = 1 - 0.42 * bell(s.Un + 0.032 * lx, s.V - tip - 0.040 * ns, 0.040 * ns, 0.016) - 0.28 * bell(s.U, s.V - MOUTH_LINE - 0.070, 0.055, 0.018)
    occ = occ - 0.40 * torch.exp(-(s.hair_front.clamp(min=0) / 0.035)) * s.front - 0.20 * smoothstep(0.75, 1.0, s.radius2.clamp(max=1)) * smoothstep(0.2, 0.7, s.tt)
    s.occlusion = occ = occ.clamp(0.25, 1)
    alpha, grain = beard(s)
    s.beard_alpha = alpha
    col = over(col, s.vary((c.hair * 0.82).expand(-1, -1, *s.X.shape[1:]), 0.16 * grain), alpha * 0.94)
    face = s.lit(col, s.nx, s.ny, s.nz, wrap=0.38, rim=0.30, occlusion=occ)
    # bounce light keeps the shadow side alive
    d = s.nx * lx + s.ny * ly + s.nz * lz
    bounce = c.skin * torch.tensor([.13, .045, .035], device=s.X.device).view(1, 3, 1, 1)
    face = face + bounce * (torch.exp(-((d - 0.08) / 0.22) ** 2) * (1 - alpha * 0.8)).unsqueeze(1)
    s.half_z = torch.rsqrt(lx * lx + ly * ly + (lz + 1) ** 2)
    shine = (s.nx * lx * s.half_z + s.ny * ly * s.half_z + s.nz * (lz + 1) * s.half_z).clamp(0, 1)
    face = face + ((shine ** 26) * 0.10 * (1 - 0.8 * alpha)).unsqueeze(1) * c.key
    glint = 0.15 * bell(s.Un + 0.010 - 0.02 * lx, s.V - tip + 0.012, 0.0135 * ns, 0.0115 * ns) + 0.055 * bell(s.U - 0.03 * s.turn - 0.007 * lx, s.V - 0.03, 0.008, 0.06)
    face = face + (glint * s.front).unsqueeze(1) * c.key
    nostrils = torch.zeros_like(s.U)
    for side in (-1.0, 1.0):
        hole = bell(s.Un - side * 0.021 * ns, s.V - tip - 0.023 * ns, 0.0100 * ns, 0.0062 * ns)
        face = over(face, c.deep * 0.55, (hole * 0.75 * s.front).clamp(0, 1))
        nostrils = nostrils + hole
    inside = s.cover(s.head)
    s.keep("occlusion", (1 - occ) * inside, 0.4)
    s.keep("beard", alpha * inside, 0.5, 0.5)
    s.keep("cheek", cheek * inside, 0.5, 0.5)
    s.keep("socket", socket * inside, 0.5, 0.5)
    s.keep("nostrils", nostrils * inside, 0.5, 0.5)
    return face


def mouth(s, face):
    """lips, the line between them, teeth in a wide smile, corners and folds"""
    f, c, half, smile = s.f, s.colour, s.mouth_half, s.f.smile
    u = s.U / half
    lift = -0.030 * (smile - 0.28)
    corner = u.clamp(-1.25, 1.25) ** 2
    middle = MOUTH_LINE + lift * corner + 0.0024 * torch.cos(u * 3.1)
    full = 0.62 + 0.60 * f.lip_full
    inner = (1 - corner).clamp(min=0)
    gap = 0.024 * smoothstep(0.55, 1.0, smile) * inner
    upper = 0.0205 * full * inner ** 0.8 * (1 - 0.20 * torch.exp(-(u / 0.13) ** 2) + 0.08 * torch.exp(-((u.abs() - 0.28) / 0.17) ** 2))
    lower = 0.0265 * full * inner ** 0.62
    top, bottom = middle - gap * 0.25 - upper, middle + gap * 0.75 + lower
    lips = torch.maximum(torch.maximum(top - s.V, s.V - bottom), (s.U.abs() - half) * 0.7)
    low = smoothstep(-0.002, 0.003, s.V - middle)
    down = ((s.V - middle) / (lower + 0.004)).clamp(-1.2, 1.2)
    shade = 0.86 + 0.20 * low - 0.10 * low * down.clamp(min=0)
    facing = 0.75 + 0.25 * ((s.nx * s.light[0] + s.ny * s.light[1] + s.nz * s.light[2] + 0.3) / 1.3).clamp(0, 1)
    colour = c.lips * (shade * facing * s.occlusion.clamp(min=0.7)).unsqueeze(1) * c.key
    colour = colour + (0.16 * bell(s.U - 0.02 * s.light[0], s.V - middle - gap * 0.75 - lower * 0.42, half * 0.34, torch.full_like(half, 0.0050))).unsqueeze(1)
    face = over(face, colour, (s.face_cover(lips) * 0.92 * s.front).clamp(0, 1))
    opening = torch.maximum(torch.maximum(middle - gap * 0.25 - s.V, s.V - middle - gap * 0.75), (s.U.abs() - half * 0.96) * 0.7)
    dark = torch.tensor([.30, .10, .10], device=s.X.device).view(1, 3, 1, 1)
    teeth = torch.tensor([.97, .94, .90], device=s.X.device).view(1, 3, 1, 1) * (0.80 + 0.20 * c.key)
    shown = smoothstep(0.0, 0.004, gap - 0.003) * smoothstep(1.0, 0.72, u.abs())
    hole = over(dark.expand(s.count, -1, *s.X.shape[1:]), teeth, shown * smoothstep(0.9, 0.62, (s.V - middle + gap * 0.25) / (gap + 1e-4)))
    face = over(face, hole, s.face_cover(opening) * s.front * smoothstep(0.0005, 0.003, gap))
    line = torch.exp(-((s.V - middle + gap * 0.25) / 0.0042) ** 2) * smoothstep(1.06, 0.90, u.abs())
    face = over(face, c.deep * 0.50, line * 0.72 * s.front * (1 - 0.6 * shown))
    ends = bell(u.abs() - 1.03, (s.V - MOUTH_LINE - lift) / 0.010, 0.10, 1.0)
    face = over(face, c.deep * 0.75, ends * 0.55 * s.front)
    fold_u = 0.062 + 0.045 * ((s.V - 0.12) / 0.11).clamp(-.2, 1.4) + 0.012 * smile
    fold = torch.exp(-((s.U.abs() - fold_u) / 0.010) ** 2) * smoothstep(0.115, 0.16, s.V) * smoothstep(0.27, 0.20, s.V)
    inside = s.cover(s.head) * s.front
    s.keep("lips", lips, 0.06)
    s.keep("mouth_open", (opening + 0.03 * (1 - smoothstep(0.0005, 0.003, gap))), 0.05)
    s.keep("mouth_line", line * inside, 0.5, 0.5)
    s.keep("lip_height", ((s.V - middle) / 0.06).clamp(-1, 1) * s.soft(lips - 0.03, 0.03), 1.0)
    return over(face, c.deep, fold * (0.06 + 0.22 * smoothstep(0.4, 1.0, smile)) * s.front * (1 - s.beard_alpha))
