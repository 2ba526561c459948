"""The renderer: factors -> portrait, by 2-D signed distances and analytic shading, at any resolution.

    render(factors, size, maps=None, crop=None)            [N, 3, h, w] in -1..1
    render(factors, size, buffers=True)                    the same, and the scene's geometry buffers [N, 32, h, w]

factors  dict name -> [N] (factors.py)
maps     None: no texture (its mean). {128 | 256 | 512: [N, 1, r, r]}: texture driven by these noise maps
crop     (y0, x0, h, w) in pixels of the size x size picture; y0 and x0 may be [N] tensors, one window per sample

Everything is a closed form in picture coordinates: a window costs its own pixels, and equals the same window of the whole
picture. Geometry buffers are what a renderer knows besides colour (distances to each part's outline, normals, face
coordinates), each in -1..1; training uses them as extra targets.

    python3 render.py --seed 0 --count 24 --size 256 --out sheet.png
"""
import argparse
import torch
import geometry
import paint_eyes
import paint_face
import paint_hair
import paint_scene
from noise_maps import MapTexture, NoTexture, random_maps

COARSE_BUFFERS = ["U", "V", "facing", "head", "hair_back", "neck", "cloth", "stripe", "chin_shadow", "hair_over", "hair_front", "hair_edge", "front_cover",
                  "hair_normal_x", "hair_normal_y", "part"]
MIDDLE_BUFFERS = ["ear", "normal_x", "normal_y", "relief_u", "relief_v", "occlusion", "beard", "cheek", "socket", "nostrils", "lips", "mouth_open", "mouth_line",
                  "lip_height", "eye", "iris", "lid", "brow", "frame", "lens"]
BUFFERS = COARSE_BUFFERS + MIDDLE_BUFFERS


def render(factors, size, maps=None, crop=None, buffers=False):
    """see the module's docstring"""
    texture = MapTexture(maps) if maps else (lambda s: NoTexture(s))
    s = geometry.scene(factors, size, crop or (0, 0, size, size), texture)
    s.textured = bool(maps) and 256 in maps and 256 * s.px <= 4.1
    near = s.soft(s.head - 0.05, 0.05)
    s.keep("U", s.U * near, 0.40)
    s.keep("V", s.V * near, 0.50)
    s.keep("facing", s.lz * near, 1.0)
    s.keep("head", s.head, 0.12)
    img = paint_scene.background(s)
    img = paint_scene.hair_behind(s, img)
    img = paint_scene.neck(s, img)
    img = paint_scene.clothes(s, img)
    img = paint_scene.hair_over_shoulders(s, img)
    img = paint_face.ears(s, img)
    paint_face.relief(s)
    paint_hair.front_shape(s)
    face = paint_face.skin(s)
    face = paint_face.mouth(s, face)
    face = paint_eyes.eyes(s, face)
    face = paint_eyes.glasses(s, face)
    img = geometry.over(img, face, s.cover(s.head))
    img = paint_hair.front(s, img)
    img = img.clamp(min=0)
    img = img / (1 + 0.10 * img ** 3)  # a gentle shoulder
    img = img + (s.noise(230.0, 230.0) * 0.008).unsqueeze(1)
    img = img.clamp(0, 1) * 2 - 1
    return (img, torch.stack([s.buffers[n] for n in BUFFERS], 1)) if buffers else img


def face_window(factors, margin=0.03):
    """the box round eyes, brows and mouth -> y0, x0, y1, x1 [N] as shares of the picture's side"""
    yaw, pitch, roll = factors["yaw"], factors["pitch"], factors["roll"]
    # the point between eyes and mouth, turned with the head (depth of the face's surface about 0.95 of its half width)
    depth_x, depth_y = 0.335 * factors["head_width"] * 0.95, 0.445 * factors["head_length"] * 0.95
    x = depth_x * torch.sin(yaw)
    y = 0.09 * torch.cos(pitch) + depth_y * torch.sin(pitch) * 0.9
    x, y = x + 0.045 * torch.sin(yaw), y - 0.055 + 0.05 * pitch
    dy = y - 0.45
    px, py = torch.cos(roll) * x - torch.sin(roll) * dy, torch.sin(roll) * x + torch.cos(roll) * dy + 0.45
    cx, cy = (px / geometry.ZOOM + 1) / 2, ((py - geometry.SHIFT) / geometry.ZOOM + 1) / 2
    half_w, half_h = 0.125 + margin, 0.115 + margin
    return cy - half_h, cx - half_w, cy + half_h, cx + half_w


def contact_sheet(images, columns):
    """[N, 3, h, w] -> [3, H, W], row by row"""
    n, c, h, w = images.shape
    rows = (n + columns - 1) // columns
    out = torch.ones(c, rows * h, columns * w)
    for i in range(n):
        y, x = i // columns * h, i % columns * w
        out[:, y:y + h, x:x + w] = images[i]
    return out


def save_picture(image, path):
    """[3, h, w] in -1..1 -> a file"""
    from PIL import Image
    a = ((image.detach().float().cpu() + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    Image.fromarray(a).save(path, quality=82)


def main():
    from factors import NORMALS, factors_from_normals
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--count", type=int, default=24)
    p.add_argument("--size", type=int, default=256)
    p.add_argument("--columns", type=int, default=6)
    p.add_argument("--out", default="sheet.png")
    a = p.parse_args()
    torch.set_num_threads(1)
    g = torch.Generator().manual_seed(a.seed)
    f = factors_from_normals(torch.randn(a.count, NORMALS, generator=g))
    out = []
    with torch.no_grad():
        for i in range(a.count):
            out.append(render({k: v[i:i + 1] for k, v in f.items()}, a.size, random_maps(1, a.size, g)))
    save_picture(contact_sheet(torch.cat(out), a.columns), a.out)


if __name__ == "__main__":
    main()
