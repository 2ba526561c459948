// Winograd's F(2x2, 3x3) on maps [H, W, C] of 32-bit floats: its three transforms. Pointers are bytes.

/** Where the k-th of 16 planes begins: planes is a list of pointers. */
@inline function plane(planes: usize, k: i32): usize {
  return <usize>load<u32>(planes + (<usize>k << 2));
}

@inline function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

@inline function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

/** Four channels of a pixel; zeros outside of the map. */
@inline function pixel(source: usize, height: i32, width: i32, stride: i32, y: i32, x: i32): v128 {
  return <u32>y < <u32>height && <u32>x < <u32>width
    ? v128.load(source + <usize>((y * width + x) * stride))
    : f32x4.splat(0);
}

@inline function put(planes: usize, k: i32, at: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(plane(planes, k) + at, sub(a, c));
  v128.store(plane(planes, k + 1) + at, add(b, c));
  v128.store(plane(planes, k + 2) + at, sub(c, b));
  v128.store(plane(planes, k + 3) + at, sub(b, d));
}

@inline function half(a: v128): v128 {
  return f32x4.mul(a, f32x4.splat(0.5));
}

/** One row of (G g) G^T, for four pairs of channels. */
@inline function putWeight(planes: usize, k: i32, at: usize, a: v128, b: v128, c: v128): void {
  const ends = add(a, c);
  v128.store(plane(planes, k) + at, a);
  v128.store(plane(planes, k + 1) + at, half(add(ends, b)));
  v128.store(plane(planes, k + 2) + at, half(sub(ends, b)));
  v128.store(plane(planes, k + 3) + at, c);
}

/** U = G g G^T of a kernel [3, 3, pairs]: 16 planes, [pairs] each. The number of pairs is a multiple of 4. */
export function transformWeight(source: usize, pairs: i32, planes: usize): void {
  const step = <usize>(pairs << 2);
  for (let at: usize = 0; at < step; at += 16) {
    const p = source + at;
    const g00 = v128.load(p);
    const g01 = v128.load(p + step);
    const g02 = v128.load(p + 2 * step);
    const g10 = v128.load(p + 3 * step);
    const g11 = v128.load(p + 4 * step);
    const g12 = v128.load(p + 5 * step);
    const g20 = v128.load(p + 6 * step);
    const g21 = v128.load(p + 7 * step);
    const g22 = v128.load(p + 8 * step);
    const e0 = add(g00, g20);
    const e1 = add(g01, g21);
    const e2 = add(g02, g22);
    putWeight(planes, 0, at, g00, g01, g02);
    putWeight(planes, 4, at, half(add(e0, g10)), half(add(e1, g11)), half(add(e2, g12)));
    putWeight(planes, 8, at, half(sub(e0, g10)), half(sub(e1, g11)), half(sub(e2, g12)));
    putWeight(planes, 12, at, g20, g21, g22);
  }
}

/** V = B^T d B of each tile of 4x4 pixels, two apart: 16 planes, [rows * columns, C] each. C is a multiple of 4. */
export function transformInput(
  source: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  firstRow: i32,
  rows: i32,
  columns: i32,
  planes: usize,
): void {
  const stride = channels << 2;
  let at: usize = 0;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const y = 2 * row - top;
    for (let column = 0; column < columns; column++) {
      const x = 2 * column - left;
      const inside = y >= 0 && x >= 0 && y + 3 < height && x + 3 < width;
      let from: usize = source;
      const line = <usize>(width * stride);
      const p0 = source + <usize>((y * width + x) * stride);
      for (let c = 0; c < stride; c += 16) {
        let d00: v128, d01: v128, d02: v128, d03: v128;
        let d10: v128, d11: v128, d12: v128, d13: v128;
        let d20: v128, d21: v128, d22: v128, d23: v128;
        let d30: v128, d31: v128, d32: v128, d33: v128;
        if (inside) {
          const p = p0 + <usize>c;
          const s1 = <usize>stride;
          const s2 = <usize>(2 * stride);
          const s3 = <usize>(3 * stride);
          d00 = v128.load(p);
          d01 = v128.load(p + s1);
          d02 = v128.load(p + s2);
          d03 = v128.load(p + s3);
          const q = p + line;
          d10 = v128.load(q);
          d11 = v128.load(q + s1);
          d12 = v128.load(q + s2);
          d13 = v128.load(q + s3);
          const r = q + line;
          d20 = v128.load(r);
          d21 = v128.load(r + s1);
          d22 = v128.load(r + s2);
          d23 = v128.load(r + s3);
          const t = r + line;
          d30 = v128.load(t);
          d31 = v128.load(t + s1);
          d32 = v128.load(t + s2);
          d33 = v128.load(t + s3);
        } else {
          from = source + <usize>c;
          d00 = pixel(from, height, width, stride, y, x);
          d01 = pixel(from, height, width, stride, y, x + 1);
          d02 = pixel(from, height, width, stride, y, x + 2);
          d03 = pixel(from, height, width, stride, y, x + 3);
          d10 = pixel(from, height, width, stride, y + 1, x);
          d11 = pixel(from, height, width, stride, y + 1, x + 1);
          d12 = pixel(from, height, width, stride, y + 1, x + 2);
          d13 = pixel(from, height, width, stride, y + 1, x + 3);
          d20 = pixel(from, height, width, stride, y + 2, x);
          d21 = pixel(from, height, width, stride, y + 2, x + 1);
          d22 = pixel(from, height, width, stride, y + 2, x + 2);
          d23 = pixel(from, height, width, stride, y + 2, x + 3);
          d30 = pixel(from, height, width, stride, y + 3, x);
          d31 = pixel(from, height, width, stride, y + 3, x + 1);
          d32 = pixel(from, height, width, stride, y + 3, x + 2);
          d33 = pixel(from, height, width, stride, y + 3, x + 3);
        }
        const to = at + <usize>c;
        put(planes, 0, to, sub(d00, d20), sub(d01, d21), sub(d02, d22), sub(d03, d23));
        put(planes, 4, to, add(d10, d20), add(d11, d21), add(d12, d22), add(d13, d23));
        put(planes, 8, to, sub(d20, d10), sub(d21, d11), sub(d22, d12), sub(d23, d13));
        put(planes, 12, to, sub(d10, d30), sub(d11, d31), sub(d12, d32), sub(d13, d33));
      }
      at += <usize>stride;
    }
  }
}

@inline function get(planes: usize, k: i32, at: usize): v128 {
  return v128.load(plane(planes, k) + at);
}

/** Y = A^T M A of each tile: two by two pixels of the result, [height, width, C], as far as they lie in it. */
export function transformOutput(
  planes: usize,
  target: usize,
  height: i32,
  width: i32,
  channels: i32,
  firstRow: i32,
  rows: i32,
  columns: i32,
): void {
  const stride = channels << 2;
  let at: usize = 0;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const second = 2 * row + 1 < height;
    for (let column = 0; column < columns; column++) {
      const next = 2 * column + 1 < width;
      const pixels = target + <usize>((2 * row * width + 2 * column) * stride);
      for (let c = 0; c < stride; c += 16) {
        const from = at + <usize>c;
        const m10 = get(planes, 4, from);
        const m20 = get(planes, 8, from);
        const m11 = get(planes, 5, from);
        const m21 = get(planes, 9, from);
        const m12 = get(planes, 6, from);
        const m22 = get(planes, 10, from);
        const m13 = get(planes, 7, from);
        const m23 = get(planes, 11, from);
        const a0 = add(add(get(planes, 0, from), m10), m20);
        const a1 = add(add(get(planes, 1, from), m11), m21);
        const a2 = add(add(get(planes, 2, from), m12), m22);
        const a3 = add(add(get(planes, 3, from), m13), m23);
        const to = pixels + <usize>c;
        v128.store(to, add(add(a0, a1), a2));
        if (next) v128.store(to + <usize>stride, sub(sub(a1, a2), a3));
        if (second) {
          const b0 = sub(sub(m10, m20), get(planes, 12, from));
          const b1 = sub(sub(m11, m21), get(planes, 13, from));
          const b2 = sub(sub(m12, m22), get(planes, 14, from));
          const b3 = sub(sub(m13, m23), get(planes, 15, from));
          const below = to + <usize>(width * stride);
          v128.store(below, add(add(b0, b1), b2));
          if (next) v128.store(below + <usize>stride, sub(sub(b1, b2), b3));
        }
      }
      at += <usize>stride;
    }
  }
}
