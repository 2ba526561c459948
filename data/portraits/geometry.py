"""Where everything is: the pixel grid, the head turned by yaw, pitch and roll, and the coordinates of its face.

All lengths are in picture units (half a picture side is 0.83). U, V are coordinates fixed to the face: U to its left
(picture right), V down, both 0 between the eyes.
"""
from types import SimpleNamespace
import torch
from colours import colours_of, light_direction
from factors import smoothstep

ZOOM, SHIFT = 0.83, 0.055  # framing: picture units per half side, and the vertical centre
EYE_LINE = -0.005  # V of the eyes
MOUTH_LINE = 0.232  # V of the mouth


def over(below, above, alpha):
    """[N, 3, h, w], [N, 3, h or 1, w or 1], [N, h, w] -> composite"""
    return below + (above - below) * alpha.unsqueeze(1)


def bell(x, y, sx, sy):
    """unnormalised Gaussian bump"""
    return torch.exp(-(x / sx) ** 2 - (y / sy) ** 2)


def grid(size, crop, count, device):
    """pixel centres of a window of the size x size picture, in -1..1 -> X, Y [N, h, w]"""
    y0, x0, h, w = crop
    as_column = lambda a: (a.to(device).float() if torch.is_tensor(a) else torch.full((count,), float(a), device=device))[:, None, None]
    px = 2.0 / size
    x = ((torch.arange(w, device=device) + 0.5)[None, None] + as_column(x0)) * px - 1
    y = ((torch.arange(h, device=device) + 0.5)[None, :, None] + as_column(y0)) * px - 1
    return x.expand(count, h, w), y.expand(count, h, w)


def light_model(s):
    """adds s.lit(colour, nx, ny, nz, wrap, rim, occlusion): wrapped diffuse key light, ambient, and a rim"""
    c = s.colour
    lx, ly, lz = s.light

    def lit(colour, nx, ny, nz, wrap=0.35, rim=0.35, occlusion=None):
        d = ((nx * lx + ny * ly + nz * lz + wrap) / (1 + wrap)).clamp(0, 1)
        d = d * (1.15 - 0.15 * d)
        if occlusion is not None:
            d = d * occlusion
        out = colour * (c.ambient + (c.key * 1.06 - c.ambient) * d.unsqueeze(1))
        edge = ((1 - nz).clamp(0, 1) ** 3 * (-nx * torch.sign(lx + 1e-3) * 0.9 - ny * 0.35).clamp(0, 1)) * rim
        return out + c.rim * edge.unsqueeze(1) * (0.35 + 0.65 * colour)

    s.lit = lit


def head_frame(s):
    """outline, surface normal and face coordinates of the head; s.head is its signed distance"""
    f = s.f
    s.sin_yaw, s.cos_yaw, s.sin_pitch, s.cos_pitch = torch.sin(f.yaw), torch.cos(f.yaw), torch.sin(f.pitch), torch.cos(f.pitch)
    s.W, s.H = 0.335 * f.head_width, 0.445 * f.head_length
    cr, sr = torch.cos(f.roll), torch.sin(f.roll)
    py = s.Y - 0.45  # roll about the neck
    s.hx = cr * s.X + sr * py - 0.045 * s.sin_yaw
    s.hy = -sr * s.X + cr * py + 0.45 + 0.055 - 0.05 * f.pitch
    tt = s.hy / s.H
    below = tt.clamp(min=0)
    chin_x = s.hx - s.sin_yaw * 0.085 * smoothstep(-0.1, 1.0, tt)  # the chin follows the yaw
    taper, power = 0.27 - 0.20 * f.jaw, 2.25 + 1.15 * f.jaw
    narrow = 1 - taper * (below * below).clamp(max=1.4)
    q = chin_x / (s.W * narrow)
    ta = tt.abs() + 1e-4
    exponent = torch.where(tt > 0, power, torch.full_like(power, 2.0))
    tpow = ta ** exponent
    slope = torch.sqrt((2 * q / (s.W * narrow)) ** 2 + (exponent * tpow / ta / s.H) ** 2 + (4 * q * q * taper * below / narrow / s.H) ** 2 + 1e-4)
    s.head = (q * q + tpow - 1) / slope
    sy = torch.sign(tt) * torch.sqrt(tpow)
    s.radius2 = q * q + sy * sy
    s.head_z = torch.sqrt((1 - s.radius2).clamp(min=1e-4))
    s.norm = torch.sqrt(s.radius2.clamp(min=1.0))
    s.tt, s.q, s.sphere_y = tt, q, sy
    # tt, not sphere_y: linear through the eye line, or square jaws would stretch the eyes
    lx, ly, s.lz = turn_back(s, q / s.norm, tt.clamp(-1.3, 1.3) / s.norm, s.head_z)
    s.U, s.V = lx * s.W, ly * s.H
    s.face_px = s.px / s.head_z.clamp(min=0.35)
    s.front = smoothstep(-0.1, 0.25, s.lz)


def turn_back(s, ax, ay, az):
    """picture direction -> direction in the head's own frame"""
    x1, z1 = s.cos_yaw * ax - s.sin_yaw * az, s.sin_yaw * ax + s.cos_yaw * az
    return x1, s.cos_pitch * ay - s.sin_pitch * z1, s.sin_pitch * ay + s.cos_pitch * z1


def scene(factors, size, crop, noise):
    """factors (dict of [N]) -> the namespace that the painters share"""
    device, count = factors["yaw"].device, factors["yaw"].shape[0]
    s = SimpleNamespace(count=count, size=size, buffers={})
    s.X0, s.Y0 = grid(size, crop, count, device)
    s.X, s.Y, s.px = s.X0 * ZOOM, s.Y0 * ZOOM + SHIFT, 2.0 / size * ZOOM
    s.f = SimpleNamespace(**{k: v[:, None, None] for k, v in factors.items()})
    s.colour = SimpleNamespace(**{k: v[:, :, None, None] for k, v in colours_of(factors).items()})
    s.light = tuple(v[:, None, None] for v in light_direction(factors))
    s.noise = noise(s)
    s.white = torch.ones(1, 3, 1, 1, device=device)
    s.cover = lambda d: (0.5 - d / s.px).clamp(0, 1)  # distance -> coverage
    s.face_cover = lambda d: (0.5 - d / s.face_px).clamp(0, 1)  # the same for face coordinates
    s.soft = lambda d, r: smoothstep(r, -r, d)
    s.vary = lambda colour, amount: colour * (1 + amount).unsqueeze(1)

    def keep(name, value, scale, middle=0.0):
        s.buffers[name] = ((value - middle) / scale).clamp(-1, 1)

    s.keep = keep
    light_model(s)
    head_frame(s)
    return s
