"""Eyes, brows, glasses."""
import torch
from factors import smoothstep
from geometry import EYE_LINE, over


def eyes(s, face):
    """two eyes with lids, lashes, iris and highlights, and the brows over them"""
    f, c = s.f, s.colour
    lx, ly, lz = s.light
    a = 0.046 + 0.016 * f.eye_size
    opened = (0.40 + 0.26 * f.eye_open) * (1 - 0.18 * smoothstep(0.6, 1.0, f.smile))
    facing = 0.86 + 0.14 * ((s.nx * lx + s.nz * lz + 0.4) / 1.4).clamp(0, 1)
    white = torch.tensor([.965, .945, .925], device=s.X.device).view(1, 3, 1, 1) * (0.72 + 0.28 * c.key)
    pupil = torch.tensor([.035, .028, .03], device=s.X.device).view(1, 3, 1, 1)
    lash_colour = torch.tensor([.11, .075, .07], device=s.X.device).view(1, 3, 1, 1)
    near = {}
    for side in (-1.0, 1.0):
        du = (s.U - side * s.eye_at) * side
        dv = s.V - EYE_LINE + 0.10 * du  # the outer corner a little higher
        cu = (du / a).clamp(-1.3, 1.3)
        cu2 = cu * cu
        lid, low = -a * opened * (1 - cu2 * cu2.abs().sqrt()) * 1.02, a * opened * 0.62 * (1 - cu2)
        shape = torch.maximum(torch.maximum(lid - dv, dv - low), (du.abs() - a) * 0.8)
        shade = (0.70 + 0.30 * smoothstep(0.0, 0.020, dv - lid)) * (1 - 0.14 * cu2) * facing
        eye = white * shade.unsqueeze(1)
        ru, rv = s.U - side * s.eye_at - 0.010 * s.sin_yaw, s.V - EYE_LINE + 0.003
        radius = a * 0.53
        r = torch.sqrt(ru * ru + rv * rv + 1e-7)
        angle = torch.atan2(rv, ru)
        fibres = torch.sin(angle * 17) * torch.sin(angle * 7 + 1) * max(0.0, 1 - 40 * s.px)
        iris = c.iris * (0.62 + 0.55 * smoothstep(-radius, radius, rv) + 0.10 * fibres).unsqueeze(1)
        iris = over(iris, c.iris * 0.28, smoothstep(0.74 * radius, radius, r))
        iris = over(iris, pupil, s.face_cover(r - radius * 0.44))
        iris = iris * (0.62 + 0.38 * smoothstep(0.0, 0.018, dv - lid)).unsqueeze(1)
        eye = over(eye, iris, s.face_cover(r - radius))
        hx, hy = lx * radius * 0.55, -radius * 0.38
        eye = over(eye, s.white, s.face_cover(torch.sqrt((ru - hx) ** 2 + (rv - hy) ** 2 + 1e-8) - radius * 0.20) * 0.95)
        eye = over(eye, s.white, s.soft(torch.sqrt((ru + hx) ** 2 + (rv - radius * 0.45) ** 2 + 1e-8) - radius * 0.20, radius * 0.15) * 0.28)
        crease = torch.exp(-((dv - lid * 1.15 + 0.014) / 0.0045) ** 2) * smoothstep(1.15, 0.85, cu.abs())
        face = over(face, c.deep, crease * 0.42 * s.front)
        face = over(face, eye, s.face_cover(shape) * s.front)
        thick = 0.0052 * (0.5 + 0.5 * smoothstep(-1.0, 0.6, cu)) * (1.25 - 0.35 * f.beard)
        lash = s.face_cover((dv - lid + thick * 0.3).abs() * 0.9 - thick) * smoothstep(1.16, 0.98, cu.abs())
        wing = s.face_cover((dv + a * opened * 0.02 + 0.42 * (du - a * 0.92)).abs() - 0.0030) * smoothstep(0.90, 1.0, cu) * smoothstep(1.30, 1.18, cu) * (1 - f.jaw)
        face = over(face, lash_colour, (torch.maximum(lash, wing * 0.8) * 0.90 * s.front).clamp(0, 1))
        under = torch.exp(-((dv - low) / 0.0035) ** 2) * smoothstep(1.05, 0.9, cu.abs())
        face = over(face, c.deep * 0.8, under * 0.38 * s.front)
        face, brow_d = brow(s, face, side, a)
        for name, value in (("eye", shape), ("iris", r - radius), ("lid", dv - lid), ("brow", brow_d)):
            if name == "lid":  # signed height over the upper lid, only near this eye
                value = value.clamp(-0.06, 0.06) * s.soft(du.abs() - a * 1.3, a * 0.3)
                near[name] = value if name not in near else near[name] + value
            else:
                near[name] = value if name not in near else torch.minimum(near[name], value)
    for name, value in near.items():
        s.keep(name, value, 0.06)
    return face


def brow(s, face, side, a):
    """one brow -> face, its signed distance"""
    f = s.f
    u = (s.U - side * (s.eye_at + 0.004)) * side
    t = (u / (0.074 + 0.010 * f.eye_size)).clamp(-1.4, 1.4)
    middle = EYE_LINE - 0.066 - 0.026 * f.brow_height - a * 0.25 - 0.016 * (1 - (t - 0.25) ** 2) - (0.0075 * f.brow_angle - 0.0045) * t
    thick = (0.0075 + 0.0085 * f.brow_thick) * smoothstep(-1.15, -0.75, t) * (0.25 + 0.75 * smoothstep(1.15, -0.1, t))
    d = (s.V - middle).abs() - thick
    alpha = smoothstep(0.004 + s.px, -0.004 - s.px * 0.3, d + 0.0010 * s.noise(90.0, 30.0)) * smoothstep(1.16, 1.02, t.abs())
    face = over(face, (s.colour.hair * 0.55 + 0.02) * (0.82 + 0.18 * s.colour.key), alpha * 0.86 * s.front * smoothstep(0, 0.002, thick))
    return face, torch.maximum(d, (u.abs() - 0.085) * 0.7)


def glasses(s, face):
    """frame, its shadow, and the glare of the lenses"""
    f, c, lx = s.f, s.colour, s.light[0]
    shown = smoothstep(0.02, 0.6, f.glasses)
    scale = 0.90 + 0.12 * f.glasses
    lens = None
    for side in (-1.0, 1.0):
        qx = (s.U - side * (s.eye_at + 0.008)).abs() - 0.082 * scale + 0.042 * scale
        qy = (s.V - EYE_LINE - 0.008).abs() - 0.064 * scale + 0.042 * scale
        d = torch.sqrt(qx.clamp(min=0) ** 2 + qy.clamp(min=0) ** 2 + 1e-8) + torch.minimum(torch.maximum(qx, qy), torch.zeros_like(qx)) - 0.042 * scale
        lens = d if lens is None else torch.minimum(lens, d)
    rim = lens.abs() - 0.0066
    bridge = torch.maximum((s.V - EYE_LINE + 0.014 + 0.010 * torch.cos(s.U * 25)).abs() - 0.0054, s.U.abs() - (s.eye_at - 0.070 * scale))
    arm = torch.maximum((s.V - EYE_LINE + 0.016).abs() - 0.0058, s.eye_at + 0.085 * scale - s.U.abs())
    frame = torch.minimum(torch.minimum(rim, bridge), arm)
    dark_frame = c.cloth * 0.22 + torch.tensor([.07, .05, .05], device=s.X.device).view(1, 3, 1, 1)
    pale_frame = c.cloth * 0.15 + torch.tensor([.72, .63, .48], device=s.X.device).view(1, 3, 1, 1)
    colour = over(dark_frame, pale_frame, smoothstep(0.50, 0.75, f.skin))  # a dark frame is lost on dark skin
    shadow = s.soft(frame - 0.004, 0.014) * (1 - s.cover(frame))
    face = over(face, face * 0.80, shadow * shown * s.front * 0.6)
    glare = smoothstep(0.030, 0.0, (s.U * 0.8 * torch.sign(lx) - s.V * 0.6 - 0.02).abs() - 0.012) + 0.25
    face = over(face, s.white * (0.6 * c.background + 0.4), s.face_cover(lens) * shown * 0.112 * glare.clamp(0, 1.2))
    shine = torch.exp(-((frame + 0.0042) / 0.0022) ** 2) * 0.22
    s.keep("frame", (frame.clamp(-0.06, 0.06) - 0.06) * shown + 0.06, 0.06)
    s.keep("lens", (lens.clamp(-0.06, 0.06) - 0.06) * shown + 0.06, 0.06)
    return over(face, colour * (0.8 + 0.2 * c.key) + shine.unsqueeze(1), s.face_cover(frame) * shown * smoothstep(-0.35, -0.05, s.lz))
