"""Checkpoint <-> the book's shards (manifest.json and safetensors files of at most 8 MiB, ordered by resolution).

    python3 export.py STATE/stylegan2.pt ../weights/portraits-lite-sg2 --id portraits-lite-sg2 --title "..." [--card card.json]

8-bit tensors hold round(value / scale) with a float32 scale per output channel (axis 0) under "<name>.scale". Weights with a
NaN, an infinity or a wrong shape are refused. `load_shards` reads them back: training can resume from the shipped files.
"""
import argparse
import hashlib
import json
import os
import sys
import numpy as np
import torch
import families
from safetensors_file import decode, encode, write_atomically

FORMAT, LIMIT, SMALL = "inside-stylegan-weights/1", 8 * 2 ** 20, 400 * 1024


class Refused(Exception):
    """the weights cannot be exported or loaded; the text says why"""


def check(family, config, state):
    """raises Refused unless `state` is exactly a finite state of that generator"""
    wanted = families.make(family, config).state_dict()
    missing, extra = sorted(set(wanted) - set(state)), sorted(set(state) - set(wanted))
    if missing or extra:
        raise Refused(f"tensor names differ: {len(missing)} missing {missing[:3]}, {len(extra)} unknown {extra[:3]}")
    for name, value in state.items():
        if tuple(value.shape) != tuple(wanted[name].shape):
            raise Refused(f"{name} has shape {list(value.shape)}, the network needs {list(wanted[name].shape)}")
        if not torch.isfinite(value.float()).all():
            raise Refused(f"{name} holds a value that is not finite")


def stored_dtype(name, value, wide):
    """q8 for large tensors, f32 for vectors and scalars; `wide`: parts of names that are kept in f16"""
    if value.dim() < 2:
        return "f32"
    return "f16" if any(p in name for p in wide) else "q8"


def pack(name, value, dtype):
    """-> dict of arrays that go into the shard"""
    a = value.detach().float().numpy()
    if dtype == "f32":
        return {name: a.astype("<f4")}
    if dtype == "f16":
        return {name: a.astype("<f2")}
    rows = a.reshape(a.shape[0], -1)
    scale = np.maximum(np.abs(rows).max(1), 1e-12) / 127
    q = np.clip(np.round(rows / scale[:, None]), -127, 127).astype("i1").reshape(a.shape)
    return {name: q, name + ".scale": scale.astype("<f4")}


def unpack(name, stored):
    """shard arrays -> float32 tensor"""
    a = stored[name]
    if a.dtype == np.int8:
        scale = stored[name + ".scale"].reshape(-1, *[1] * (a.ndim - 1))
        return torch.from_numpy(a.astype("<f4") * scale)
    return torch.from_numpy(a.astype("<f4"))


def write_shards(out, ident, title, family, config, state, trained, card, wide=()):
    """-> total bytes. Tensors ordered by resolution, a new file at a resolution border once one holds SMALL bytes"""
    check(family, config, state)
    os.makedirs(out, exist_ok=True)
    names = sorted((n for n in state if n != "synthesis.lod"), key=lambda n: (families.resolution_of(n), n))
    shards, tensors, size, last = [{}], [], 0, 0
    for name in names:
        dtype = stored_dtype(name, state[name], wide)
        arrays = pack(name, state[name], dtype)
        nbytes = sum(a.nbytes for a in arrays.values())
        r = families.resolution_of(name)
        if size + nbytes > LIMIT - 65536 or (r > 4 and r != last and size > SMALL):
            shards.append({})
            size = 0
        last = r
        shards[-1].update(arrays)
        size += nbytes
        tensors.append({"name": name, "shape": list(state[name].shape), "dtype": dtype, "shard": len(shards) - 1})
    entries = []
    for i, arrays in enumerate(shards):
        data, name = encode(arrays), f"shard-{i:02d}.safetensors"
        write_atomically(f"{out}/{name}", data)
        entries.append({"file": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    for stale in set(f for f in os.listdir(out) if f.startswith("shard-")) - {e["file"] for e in entries}:
        os.remove(f"{out}/{stale}")
    manifest = {"format": FORMAT, "id": ident, "title": title, "family": family, "config": config, "dtype": "q8", "tensors": tensors, "shards": entries,
                "source": {"kind": "shards"}, "licence": "CC0-1.0", "trained": trained, "card": card}
    write_atomically(f"{out}/manifest.json", (json.dumps(manifest, indent=1) + "\n").encode())
    return sum(e["bytes"] for e in entries)


def load_shards(folder):
    """-> family, config, state (float32, official names), manifest. Raises Refused on a damaged file"""
    with open(f"{folder}/manifest.json") as f:
        manifest = json.load(f)
    if manifest["format"] != FORMAT:
        raise Refused(f"{folder} has format {manifest['format']}, wanted {FORMAT}")
    stored = {}
    for entry in manifest["shards"]:
        with open(f"{folder}/{entry['file']}", "rb") as f:
            data = f.read()
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            raise Refused(f"{entry['file']} does not match its SHA-256")
        stored.update(decode(data))
    state = {t["name"]: unpack(t["name"], stored) for t in manifest["tensors"]}
    if manifest["family"] == "stylegan1":
        state["synthesis.lod"] = torch.zeros(())
    check(manifest["family"], manifest["config"], state)
    return manifest["family"], manifest["config"], state, manifest


def generator_from(folder):
    """shipped weights -> a generator"""
    family, config, state, _ = load_shards(folder)
    g = families.make(family, config)
    g.load_state_dict(state)
    return g.eval().requires_grad_(False)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("checkpoint")
    p.add_argument("out")
    p.add_argument("--id", required=True)
    p.add_argument("--title", required=True)
    p.add_argument("--card", help="JSON: {text, metrics} from evaluate.py")
    p.add_argument("--wide", nargs="*", default=[], help="parts of names kept in f16, e.g. mapping. affine")
    a = p.parse_args()
    c = torch.load(a.checkpoint, map_location="cpu")
    card = json.load(open(a.card)) if a.card else {"text": "", "metrics": {}}
    try:
        total = write_shards(a.out, a.id, a.title, c["family"], c["config"], c["average"], c["trained"], card, tuple(a.wide))
    except Refused as e:
        sys.exit(f"refused: {e}")
    print(f"{a.out}: {total / 2 ** 20:.2f} MiB")


if __name__ == "__main__":
    main()
