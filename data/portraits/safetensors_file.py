"""Reads and writes the safetensors format (little-endian; F32, F16, I8)."""
import json
import os
import struct
import numpy as np

CODES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "I8": np.dtype("i1")}


def encode(tensors, metadata=None):
    """dict name -> array, metadata of strings -> bytes"""
    header, at = {"__metadata__": {k: str(v) for k, v in (metadata or {}).items()}}, 0
    for name, a in tensors.items():
        code = next(c for c, t in CODES.items() if t == a.dtype)
        header[name] = {"dtype": code, "shape": list(a.shape), "data_offsets": [at, at + a.nbytes]}
        at += a.nbytes
    h = json.dumps(header, separators=(",", ":")).encode()
    h += b" " * (-len(h) % 8)
    return struct.pack("<Q", len(h)) + h + b"".join(np.ascontiguousarray(a).tobytes() for a in tensors.values())


def decode(data):
    """bytes -> dict name -> array"""
    n, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + n])
    header.pop("__metadata__", None)
    out = {}
    for name, t in header.items():
        a, b = t["data_offsets"]
        out[name] = np.frombuffer(data[8 + n + a:8 + n + b], dtype=CODES[t["dtype"]]).reshape(t["shape"])
    return out


def write_atomically(path, data):
    """bytes -> file, never half of it"""
    with open(path + ".tmp", "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    os.replace(path + ".tmp", path)
