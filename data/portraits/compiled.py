"""The renderer, compiled: `render` is traced once per picture size and turned into a C++ function (many times faster on a CPU).

1. Trace: `render` runs on a tiny scene under a dispatch mode that records every tensor operation.
2. Emit: values without pixels become scalars computed once per portrait, the others 16-wide vectors (one row at a time); what the
   result does not need is left out.
3. Build with g++ (-march=native, AVX-512, the vector maths library), load with ctypes.

Needs g++ and a CPU with AVX-512; `available()` tells. `Renderer(size)(factors, maps, crop, buffers)` gives what `render` gives, to
some 1e-5. Callers fall back to `render`.
"""
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from types import SimpleNamespace
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode
import geometry
import render as eager
from colours import colours_of, light_direction
from factors import NAMES, factors_of
from noise_maps import MAP_SIZES

PLANES = ["strands128", "strands256", "grain256", "grain512"]
N, H, W = 2, 3, 5  # the tiny scene; distinct sizes tell pixels from portraits
CACHE = os.environ.get("PORTRAITS_CACHE", os.path.join(tempfile.gettempdir(), "portraits-compiled"))


def available():
    """can this machine build and run it?"""
    try:
        with open("/proc/cpuinfo") as f:
            return shutil.which("g++") is not None and "avx512f" in f.read()
    except OSError:
        return False


class Recorder(TorchDispatchMode):
    """keeps (operation, arguments, result) and every tensor alive, so that ids stay unique"""

    def __init__(self):
        super().__init__()
        self.nodes, self.alive = [], []

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        out = function(*arguments, **(keywords or {}))
        if not any(out is a for a in arguments):  # a no-op that hands back its argument
            self.nodes.append((function._schema.name.split("::")[1], arguments, keywords or {}, out))
        self.alive.append((arguments, out))
        return out


def texture_plane(fx, fy):
    """which plane, times what: the rule of noise_maps.MapTexture"""
    finest = max(fx, fy)
    if finest < 20:
        return None
    if fy < 8:
        return ("strands256" if fx > 40 else "strands128"), 1.3
    return ("grain512" if finest > 100 else "grain256"), 1.2


def trace(size, textured):
    """-> recorder, inputs {id: C name}, picture, buffers"""
    f = factors_of(torch.randn(N, 512, generator=torch.Generator().manual_seed(0)))
    inputs, keep = {}, []
    planes = {k: torch.randn(N, H, W) for k in PLANES}
    recorder = Recorder()

    def name(t, text):
        inputs[id(t)] = text
        keep.append(t)
        return t

    for i, n in enumerate(NAMES):
        f[n] = name(f[n].clone(), f"u[{i}]")
    colours, light = colours_of(f), light_direction(f)
    for i, k in enumerate(colours):
        colours[k] = name(colours[k].clone(), f"u[{len(NAMES) + 3 * i} + @]")
    light = tuple(name(v.clone(), f"u[{len(NAMES) + 3 * len(colours) + i}]") for i, v in enumerate(light))
    x, y = name(torch.randn(N, H, W), "x0"), name(torch.randn(N, H, W), "y0")
    for k in PLANES:
        name(planes[k], f"plane_{k}")

    def texture(s):
        def get(fx, fy):
            found = texture_plane(fx, fy) if textured else None
            if found is None or int(found[0][-3:]) * s.px > 4.1:
                return torch.zeros_like(s.X)
            return planes[found[0]] * found[1]
        return get

    saved = geometry.grid, geometry.colours_of, geometry.light_direction, eager.MapTexture, eager.NoTexture
    geometry.grid = lambda *a: (x, y)
    geometry.colours_of, geometry.light_direction = (lambda _: colours), (lambda _: light)
    eager.MapTexture, eager.NoTexture = (lambda maps: texture), texture
    try:
        with torch.no_grad(), recorder:
            picture, buffers = eager.render(f, size, {k: 1 for k in MAP_SIZES} if textured else None, (0, 0, H, W), buffers=True)
    finally:
        geometry.grid, geometry.colours_of, geometry.light_direction, eager.MapTexture, eager.NoTexture = saved
    return recorder, inputs, keep, picture, buffers


UNARY = {"neg": "(-({0}))", "abs": "m_abs({0})", "sqrt": "m_sqrt({0})", "rsqrt": "m_rsqrt({0})", "exp": "m_exp({0})", "sin": "m_sin({0})", "cos": "m_cos({0})",
         "tan": "m_tan({0})", "sign": "m_sign({0})", "reciprocal": "(1.0f/({0}))"}
BINARY = {"add": "({0}+{1})", "sub": "({0}-{1})", "mul": "({0}*{1})", "div": "({0}/{1})", "maximum": "m_max({0},{1})", "minimum": "m_min({0},{1})",
          "atan2": "m_atan2({0},{1})", "gt": "m_gt({0},{1})", "lt": "m_gt({1},{0})", "rsub": "({1}-{0})"}
VIEWS = {"expand", "unsqueeze", "view", "_unsafe_view", "clone", "alias", "detach", "lift_fresh", "select", "slice", "_to_copy", "reshape"}


class Emitter:
    """turns the recorded operations into two lists of C++ lines: per portrait and per 16 pixels"""

    def __init__(self, nodes, inputs, wanted):
        self.inputs, self.values, self.uniform, self.pixel = inputs, {}, [], []
        self.producer = {id(n[3]): n for n in nodes if torch.is_tensor(n[3])}
        self.outputs = wanted
        self.count = 0

    def is_pixel(self, t):
        return t.dim() >= 2 and tuple(t.shape[-2:]) == (H, W)

    def channels(self, t):
        return 3 if (t.dim() == 4 and t.shape[1] == 3) or (t.dim() == 3 and tuple(t.shape[1:]) == (3, 1)) or (t.dim() == 2 and t.shape[1] == 3) or (t.dim() == 1 and t.shape[0] == 3) else 1

    def get(self, t, channel):
        """C expression of one channel of a tensor or number"""
        if not torch.is_tensor(t):
            return f"({float(t)!r}f)"
        channel = channel if self.channels(t) == 3 else 0
        key = (id(t), channel)
        if key in self.values:
            return self.values[key]
        if id(t) in self.inputs:
            text = self.inputs[id(t)].replace("@", str(channel))
        elif id(t) in self.producer:
            text = self.operation(t, channel)
        else:  # a constant made by torch.tensor
            flat = t.flatten()
            text = f"({float(flat[channel] if flat.numel() == 3 else flat[0])!r}f)"
        self.values[key] = text
        return text

    def depends_on_pixels(self, expression_inputs):
        return any(e.startswith(("p_", "x0", "y0", "plane_")) for e in expression_inputs)

    def operation(self, t, channel):
        kind, arguments, keywords, _ = self.producer[id(t)]
        if kind in VIEWS:
            return self.get(arguments[0], channel)
        if kind in ("zeros_like", "zeros"):
            return "0.0f"
        if kind in ("ones_like", "ones"):
            return "1.0f"
        if kind in ("full_like", "full"):
            return f"({float(arguments[1])!r}f)"
        if kind == "clamp" or kind == "clamp_min" or kind == "clamp_max":
            e = [self.get(arguments[0], channel)]
            low = arguments[1] if kind != "clamp_max" and len(arguments) > 1 else keywords.get("min")
            high = arguments[1] if kind == "clamp_max" else (arguments[2] if len(arguments) > 2 else keywords.get("max"))
            text = e[0]
            if low is not None:
                text = f"m_max({text},{float(low)!r}f)"
            if high is not None:
                text = f"m_min({text},{float(high)!r}f)"
        elif kind == "pow":
            e = [self.get(a, channel) for a in arguments[:2]]
            exponent = arguments[1] if not torch.is_tensor(arguments[1]) else None
            if exponent in (2, 3):
                text = "(" + "*".join([e[0]] * int(exponent)) + ")"
            elif exponent == 26:
                text = f"m_pow26({e[0]})"
            else:
                text = f"m_pow({e[0]},{e[1]})"
        elif kind == "where":
            e = [self.get(a, channel) for a in arguments[:3]]
            text = f"m_where({e[0]},{e[1]},{e[2]})"
        elif kind in UNARY:
            e = [self.get(arguments[0], channel)]
            text = UNARY[kind].format(*e)
        elif kind in BINARY:
            e = [self.get(a, channel) for a in arguments[:2]]
            text = BINARY[kind].format(*e)
            if kind in ("add", "sub", "rsub") and keywords.get("alpha", 1) != 1:
                raise NotImplementedError("alpha")
        else:
            raise NotImplementedError(f"operation {kind} in the traced renderer")
        pixel = self.depends_on_pixels(e)
        self.count += 1
        name = f"{'p' if pixel else 's'}_{self.count}"
        (self.pixel if pixel else self.uniform).append(f"const {'vf' if pixel else 'float'} {name} = {text};")
        return name


PRELUDE = r"""
#include <immintrin.h>
#include <cmath>
struct vf { __m512 v; vf() {} vf(__m512 a) : v(a) {} vf(float a) : v(_mm512_set1_ps(a)) {} };
static inline vf operator+(vf a, vf b) { return _mm512_add_ps(a.v, b.v); }
static inline vf operator-(vf a, vf b) { return _mm512_sub_ps(a.v, b.v); }
static inline vf operator*(vf a, vf b) { return _mm512_mul_ps(a.v, b.v); }
static inline vf operator/(vf a, vf b) { return _mm512_div_ps(a.v, b.v); }
static inline vf operator-(vf a) { return _mm512_sub_ps(_mm512_setzero_ps(), a.v); }
extern "C" { __m512 _ZGVeN16v_expf(__m512); __m512 _ZGVeN16v_sinf(__m512); __m512 _ZGVeN16v_cosf(__m512); __m512 _ZGVeN16v_tanf(__m512);
__m512 _ZGVeN16vv_powf(__m512, __m512); __m512 _ZGVeN16vv_atan2f(__m512, __m512); }
static inline vf m_exp(vf a) { return _ZGVeN16v_expf(_mm512_max_ps(a.v, _mm512_set1_ps(-87.f))); }
static inline vf m_sin(vf a) { return _ZGVeN16v_sinf(a.v); }
static inline vf m_cos(vf a) { return _ZGVeN16v_cosf(a.v); }
static inline vf m_tan(vf a) { return _ZGVeN16v_tanf(a.v); }
static inline vf m_pow(vf a, vf b) { return _ZGVeN16vv_powf(a.v, b.v); }
static inline vf m_atan2(vf a, vf b) { return _ZGVeN16vv_atan2f(a.v, b.v); }
static inline vf m_abs(vf a) { return _mm512_abs_ps(a.v); }
static inline vf m_sqrt(vf a) { return _mm512_sqrt_ps(a.v); }
static inline vf m_rsqrt(vf a) { return _mm512_div_ps(_mm512_set1_ps(1.f), _mm512_sqrt_ps(a.v)); }
static inline vf m_max(vf a, vf b) { return _mm512_max_ps(a.v, b.v); }
static inline vf m_min(vf a, vf b) { return _mm512_min_ps(a.v, b.v); }
static inline vf m_gt(vf a, vf b) { return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ), _mm512_set1_ps(1.f)); }
static inline vf m_where(vf c, vf a, vf b) { return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(c.v, _mm512_setzero_ps(), _CMP_NEQ_OQ), b.v, a.v); }
static inline vf m_sign(vf a) { return m_gt(a, 0.f) - m_gt(0.f, a); }
static inline float m_exp(float a) { return std::exp(a); }
static inline float m_sin(float a) { return std::sin(a); }
static inline float m_cos(float a) { return std::cos(a); }
static inline float m_tan(float a) { return std::tan(a); }
static inline float m_pow(float a, float b) { return std::pow(a, b); }
static inline float m_atan2(float a, float b) { return std::atan2(a, b); }
static inline float m_abs(float a) { return std::fabs(a); }
static inline float m_sqrt(float a) { return std::sqrt(a); }
static inline float m_rsqrt(float a) { return 1.f / std::sqrt(a); }
static inline float m_max(float a, float b) { return a > b ? a : b; }
static inline float m_min(float a, float b) { return a < b ? a : b; }
static inline float m_gt(float a, float b) { return a > b ? 1.f : 0.f; }
static inline float m_where(float c, float a, float b) { return c != 0.f ? a : b; }
static inline float m_sign(float a) { return (a > 0) - (a < 0); }
template <class T> static inline T m_pow26(T a) { T b = a * a, c = b * b, d = c * c; return d * d * d * b; }
"""


def source(size, textured, buffers):
    """-> C++ text of `void draw(u, left, top, h, w, planes, out)` for one portrait"""
    sys.setrecursionlimit(20000)  # the picture hangs on a chain of some thousand operations
    recorder, inputs, keep, picture, stacked = trace(size, textured)
    stack = {id(n[3]): n for n in recorder.nodes if torch.is_tensor(n[3])}
    e = Emitter(recorder.nodes, inputs, None)
    outs = [e.get(picture, c) for c in range(3)]
    if buffers:
        outs += [e.get(t, 0) for t in stack[id(stacked)][1][0]]
    stores = "\n".join(f"_mm512_mask_storeu_ps(out + ({i}L * h + row) * w + col, tail, (vf({v})).v);" for i, v in enumerate(outs))
    loads = "\n".join(f"const vf plane_{k} = planes[{i}] ? vf(_mm512_maskz_loadu_ps(tail, planes[{i}] + (long)row * w + col)) : vf(0.f);" for i, k in enumerate(PLANES))
    body, uniform = "\n".join(e.pixel), "\n".join(e.uniform)
    return PRELUDE + f"""
extern "C" void draw(const float* u, float left, float top, int h, int w, const float* const* planes, float* out) {{
{uniform}
const float px = {2.0 / size!r}f;
const vf lanes(_mm512_set_ps(15,14,13,12,11,10,9,8,7,6,5,4,3,2,1,0));
for (int row = 0; row < h; row++) for (int col = 0; col < w; col += 16) {{
const __mmask16 tail = w - col >= 16 ? 0xffff : (__mmask16)((1 << (w - col)) - 1);
const vf x0 = (lanes + vf(left + col + 0.5f)) * vf(px) - vf(1.f), y0 = vf((top + row + 0.5f) * px - 1.f);
{loads}
{body}
{stores}
}} }}
"""


def build(size, textured, buffers):
    """-> the compiled function, from the cache when the source is unchanged"""
    text = source(size, textured, buffers)
    os.makedirs(CACHE, exist_ok=True)
    path = f"{CACHE}/draw-{size}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.so"
    if not os.path.exists(path):
        with tempfile.TemporaryDirectory() as d:
            with open(d + "/draw.cpp", "w") as f:
                f.write(text)
            subprocess.run(["g++", "-O2", "-march=native", "-fno-math-errno", "-ffp-contract=fast", "-shared", "-fPIC", d + "/draw.cpp", "-o", d + "/draw.so",
                            "-lmvec", "-lm"], check=True)
            shutil.copy(d + "/draw.so", path + ".tmp")
            os.replace(path + ".tmp", path)
    draw = ctypes.CDLL(path).draw
    draw.argtypes = [ctypes.c_void_p, ctypes.c_float, ctypes.c_float, ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    draw.restype = None
    return draw


def planes_of(maps, size, crop, count):
    """noise maps -> dict plane -> [N, h, w] (strands: short vertical runs)"""
    x, y = geometry.grid(size, crop, count, "cpu")
    at, out = torch.stack([x, y], -1), {}
    look = lambda m: F.grid_sample(m, at, mode="bilinear", padding_mode="border", align_corners=False)[:, 0].contiguous()
    for k in PLANES:
        r = int(k[-3:])
        if r not in maps or r * 2.0 / size * geometry.ZOOM > 4.1:
            continue
        m = maps[r]
        if k.startswith("strands"):
            p = F.pad(m, (0, 0, 1, 1), mode="replicate")
            m = (p[:, :, :-2] + p[:, :, 1:-1] + p[:, :, 2:]) / 3 ** 0.5
        out[k] = look(m)
    return out


class Renderer:
    """renders at one picture size; the functions are built when first needed"""

    def __init__(self, size):
        self.size, self.functions = size, {}

    def __call__(self, factors, maps=None, crop=None, buffers=False):
        key = bool(maps), buffers
        if key not in self.functions:
            self.functions[key] = build(self.size, *key)
        draw = self.functions[key]
        crop = crop or (0, 0, self.size, self.size)
        y0, x0, h, w = crop
        n = factors["yaw"].shape[0]
        colours = colours_of(factors)
        uniform = torch.cat([torch.stack([factors[k] for k in NAMES], 1)] + list(colours.values()) + [torch.stack(light_direction(factors), 1)], 1).float().contiguous()
        planes = planes_of(maps, self.size, crop, n) if maps else {}
        out = torch.empty(n, 3 + (len(eager.BUFFERS) if buffers else 0), h, w)
        at = lambda a, i: float(a[i]) if torch.is_tensor(a) else float(a)
        for i in range(n):
            pointers = (ctypes.c_void_p * len(PLANES))(*[planes[k][i].data_ptr() if k in planes else None for k in PLANES])
            draw(uniform[i].data_ptr(), at(x0, i), at(y0, i), h, w, ctypes.cast(pointers, ctypes.c_void_p), out[i].data_ptr())
        return (out[:, :3], out[:, 3:]) if buffers else out


_renderers = {}


def fast_render(factors, size, maps=None, crop=None, buffers=False):
    """`render`, compiled where possible"""
    if not available() or factors["yaw"].is_cuda:
        return eager.render(factors, size, maps, crop, buffers)
    if size not in _renderers:
        _renderers[size] = Renderer(size)
    return _renderers[size](factors, maps, crop, buffers)
