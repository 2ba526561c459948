"""Fused element-wise steps of the generators' layers on bfloat16 channels_last maps (CPUs with AVX-512 bf16; needs g++).

    modulate(x, s)           x * s                       x [N, C, h, w], s [N, C]
    finish(y, d, b)          lrelu(y * d + b)            d [N, C], b [C]
    adain(x, a, b)           (x - mean) / std * a + b    mean and std over h, w; a, b [N, C]

One pass forward and one backward each, where torch's separate operations take eleven. Elsewhere the callers use torch's own.
"""
import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
import torch
from compiled import CACHE

SOURCE = r"""
#include <immintrin.h>
typedef unsigned short u16;
static inline __m512 load(const u16* p, __mmask16 k) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(k, p)), 16)); }
static inline void store(u16* p, __mmask16 k, __m512 v) { _mm256_mask_storeu_epi16(p, k, (__m256i)_mm512_cvtneps_pbh(v)); }
static inline __mmask16 lanes(int left) { return left >= 16 ? 0xffff : (__mmask16)((1 << left) - 1); }
extern "C" {
void modulate(const u16* x, const float* s, u16* out, int n, long hw, int c) {
  for (int i = 0; i < n; i++) for (int k = 0; k < c; k += 16) {
    const __mmask16 m = lanes(c - k); const __m512 f = _mm512_maskz_loadu_ps(m, s + (long)i * c + k);
    const u16* p = x + i * hw * c + k; u16* q = out + i * hw * c + k;
    for (long j = 0; j < hw; j++) store(q + j * c, m, _mm512_mul_ps(load(p + j * c, m), f));
  } }
void modulate_back(const u16* g, const u16* x, const float* s, u16* gx, float* gs, int n, long hw, int c) {
  for (int i = 0; i < n; i++) for (int k = 0; k < c; k += 16) {
    const __mmask16 m = lanes(c - k); const __m512 f = _mm512_maskz_loadu_ps(m, s + (long)i * c + k); __m512 sum = _mm512_setzero_ps();
    const long at = i * hw * c + k;
    for (long j = 0; j < hw; j++) { const __m512 v = load(g + at + j * c, m); sum = _mm512_fmadd_ps(v, load(x + at + j * c, m), sum); store(gx + at + j * c, m, _mm512_mul_ps(v, f)); }
    _mm512_mask_storeu_ps(gs + (long)i * c + k, m, sum);
  } }
void finish(const u16* y, const float* d, const float* b, u16* out, int n, long hw, int c) {
  const __m512 slope = _mm512_set1_ps(0.2f);
  for (int i = 0; i < n; i++) for (int k = 0; k < c; k += 16) {
    const __mmask16 m = lanes(c - k); const __m512 f = _mm512_maskz_loadu_ps(m, d + (long)i * c + k), o = _mm512_maskz_loadu_ps(m, b + k);
    const long at = i * hw * c + k;
    for (long j = 0; j < hw; j++) { const __m512 v = _mm512_fmadd_ps(load(y + at + j * c, m), f, o); store(out + at + j * c, m, _mm512_max_ps(v, _mm512_mul_ps(v, slope))); }
  } }
void finish_back(const u16* g, const u16* y, const u16* out, const float* d, u16* gy, float* gd, float* gb, int n, long hw, int c) {
  const __m512 slope = _mm512_set1_ps(0.2f), zero = _mm512_setzero_ps();
  for (int i = 0; i < n; i++) for (int k = 0; k < c; k += 16) {
    const __mmask16 m = lanes(c - k); const __m512 f = _mm512_maskz_loadu_ps(m, d + (long)i * c + k); __m512 sd = zero, sb = zero;
    const long at = i * hw * c + k;
    for (long j = 0; j < hw; j++) {
      __m512 v = load(g + at + j * c, m);
      v = _mm512_mask_mul_ps(v, _mm512_cmp_ps_mask(load(out + at + j * c, m), zero, _CMP_LE_OQ), v, slope);
      sb = _mm512_add_ps(sb, v); sd = _mm512_fmadd_ps(v, load(y + at + j * c, m), sd); store(gy + at + j * c, m, _mm512_mul_ps(v, f));
    }
    _mm512_mask_storeu_ps(gd + (long)i * c + k, m, sd); _mm512_mask_storeu_ps(gb + (long)i * c + k, m, sb);
  } }
void moments(const u16* x, const u16* g, float* s1, float* s2, int n, long hw, int c) {  // sums of g and of g x (g = x: of x and x^2)
  for (int i = 0; i < n; i++) for (int k = 0; k < c; k += 16) {
    const __mmask16 m = lanes(c - k); __m512 a = _mm512_setzero_ps(), b = a; const long at = i * hw * c + k;
    for (long j = 0; j < hw; j++) { const __m512 v = load(g + at + j * c, m); a = _mm512_add_ps(a, v); b = _mm512_fmadd_ps(v, load(x + at + j * c, m), b); }
    _mm512_mask_storeu_ps(s1 + (long)i * c + k, m, a); _mm512_mask_storeu_ps(s2 + (long)i * c + k, m, b);
  } }
void blend(const u16* x, const u16* g, const float* p, const float* q, const float* r, u16* out, int n, long hw, int c) {  // p x + q g + r
  for (int i = 0; i < n; i++) for (int k = 0; k < c; k += 16) {
    const __mmask16 m = lanes(c - k); const long o = (long)i * c + k, at = i * hw * c + k;
    const __m512 a = _mm512_maskz_loadu_ps(m, p + o), b = _mm512_maskz_loadu_ps(m, q + o), d = _mm512_maskz_loadu_ps(m, r + o);
    for (long j = 0; j < hw; j++) store(out + at + j * c, m, _mm512_fmadd_ps(load(x + at + j * c, m), a, _mm512_fmadd_ps(load(g + at + j * c, m), b, d)));
  } }
}
"""
_library = None


def _load():
    global _library
    if _library is None:
        os.makedirs(CACHE, exist_ok=True)
        path = f"{CACHE}/fused-{hashlib.sha256(SOURCE.encode()).hexdigest()[:16]}.so"
        if not os.path.exists(path):
            with tempfile.TemporaryDirectory() as d:
                with open(d + "/fused.cpp", "w") as f:
                    f.write(SOURCE)
                subprocess.run(["g++", "-O3", "-march=native", "-shared", "-fPIC", d + "/fused.cpp", "-o", d + "/fused.so"], check=True)
                shutil.copy(d + "/fused.so", path + ".tmp")
                os.replace(path + ".tmp", path)
        _library = ctypes.CDLL(path)
    return _library


def _supported():
    try:
        with open("/proc/cpuinfo") as f:
            return shutil.which("g++") is not None and "avx512_bf16" in f.read()
    except OSError:
        return False


SUPPORTED = _supported()


def usable(x):
    return SUPPORTED and x.dtype == torch.bfloat16 and not x.is_cuda


def _call(name, tensors, x):
    n, c, h, w = x.shape
    getattr(_load(), name)(*[ctypes.c_void_p(t.data_ptr()) for t in tensors], ctypes.c_int(n), ctypes.c_long(h * w), ctypes.c_int(c))


def _last(x):
    return x.contiguous(memory_format=torch.channels_last)


class Modulate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, s):
        x, s = _last(x), s.contiguous()
        out = torch.empty_like(x, memory_format=torch.channels_last)
        _call("modulate", (x, s, out), x)
        ctx.save_for_backward(x, s)
        return out

    @staticmethod
    def backward(ctx, g):
        x, s = ctx.saved_tensors
        g = _last(g)
        gx, gs = torch.empty_like(x, memory_format=torch.channels_last), torch.empty_like(s)
        _call("modulate_back", (g, x, s, gx, gs), x)
        return gx, gs


class Finish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y, d, b):
        y, d, b = _last(y), d.contiguous(), b.contiguous()
        out = torch.empty_like(y, memory_format=torch.channels_last)
        _call("finish", (y, d, b, out), y)
        ctx.save_for_backward(y, d, out)
        return out

    @staticmethod
    def backward(ctx, g):
        y, d, out = ctx.saved_tensors
        g = _last(g)
        gy, gd, gb = torch.empty_like(y, memory_format=torch.channels_last), torch.empty_like(d), torch.empty_like(d)
        _call("finish_back", (g, y, out, d, gy, gd, gb), y)
        return gy, gd, gb.sum(0)


class Adain(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, a, b):
        x = _last(x)
        count = x.shape[2] * x.shape[3]
        s1, s2, zero = torch.empty_like(a), torch.empty_like(a), torch.zeros_like(a)
        _call("moments", (x, x, s1, s2), x)
        mean = s1 / count
        inverse = torch.rsqrt((s2 / count - mean * mean).clamp(min=0) + 1e-8)
        out, p = torch.empty_like(x, memory_format=torch.channels_last), (a * inverse).contiguous()
        r = (b - mean * p).contiguous()
        _call("blend", (x, x, p, zero, r, out), x)
        ctx.save_for_backward(x, a, mean, inverse)
        return out

    @staticmethod
    def backward(ctx, g):
        x, a, mean, inverse = ctx.saved_tensors
        g = _last(g)
        count = x.shape[2] * x.shape[3]
        s1, s2 = torch.empty_like(mean), torch.empty_like(mean)
        _call("moments", (x, g, s1, s2), x)
        along = (s2 - mean * s1) * inverse  # sum of g times the normalised x
        q = (a * inverse).contiguous()
        p = (-q * inverse * along / count).contiguous()
        r = (-q * s1 / count - p * mean).contiguous()
        gx = torch.empty_like(x, memory_format=torch.channels_last)
        _call("blend", (x, g, p, q, r, gx), x)
        return gx, along, s1


def adain(x, a, b):
    """instance normalisation of [N, C, h, w], then scale a and shift b [N, C]"""
    if usable(x):
        return Adain.apply(x, a.contiguous(), b.contiguous())
    variance, mean = torch.var_mean(x.float(), dim=[2, 3], unbiased=False)
    p = a * torch.rsqrt(variance + 1e-8)
    return torch.addcmul((b - mean * p).to(x.dtype)[:, :, None, None], x, p.to(x.dtype)[:, :, None, None])


def modulate(x, s):
    """[N, C, h, w] * [N, C]"""
    return Modulate.apply(x, s) if usable(x) else x * s.to(x.dtype)[:, :, None, None]


def finish(y, d, b):
    """lrelu([N, C, h, w] * [N, C] + [C], 0.2)"""
    if usable(y):
        return Finish.apply(y, d, b)
    return torch.nn.functional.leaky_relu_(torch.addcmul(b.to(y.dtype)[:, None, None], y, d.to(y.dtype)[:, :, None, None]), 0.2)
