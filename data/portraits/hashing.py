"""Counter-based random numbers: the same on every machine and in every language.

    u(k)         = (h(h(k) + key mod 2^32) + 0.5) / 2^32,   h = lowbias32
    normal(T, i) = sqrt(-2 ln u(2i)) cos(2 pi u(2i + 1)),   key = FNV-1a-32 of utf8(T)

The book's loader fills a generator's constant noise with `normal("noise/" + parameter name, i)`; here the
same formula also makes the fixed map from z to factors and the evaluation latents.
"""
import numpy as np


def fnv1a32(text):
    """32-bit FNV-1a hash of the UTF-8 bytes of `text` -> int"""
    h = 0x811C9DC5
    for byte in text.encode("utf-8"):
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def lowbias32(x):
    """[n] uint32 -> [n] uint32, a bijective mixer"""
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def uniforms(name, indices):
    """`name`, [n] integers -> [n] float64 in (0, 1)"""
    with np.errstate(over="ignore"):
        k = lowbias32(np.asarray(indices, dtype=np.uint32)) + np.uint32(fnv1a32(name))
        return (lowbias32(k).astype(np.float64) + 0.5) / 4294967296.0


def normals(name, shape, start=0):
    """`name`, shape -> float64 array of standard normals, row-major from index `start`"""
    n = int(np.prod(shape)) if len(shape) else 1
    i = np.arange(start, start + n, dtype=np.int64)
    u, v = uniforms(name, 2 * i), uniforms(name, 2 * i + 1)
    return (np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)).reshape(shape)


def orthonormal(name, rows, columns):
    """`name` -> [rows, columns] float64 with orthonormal columns; signs fixed, so the result is unique"""
    q, r = np.linalg.qr(normals(name, (rows, columns)))
    return q * np.where(np.diag(r) < 0, -1.0, 1.0)
