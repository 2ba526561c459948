// Upsampled maps of 32-bit floats. Pointers are bytes.

/**
 * Puts `up` times `up` maps [rows, columns, C] together: pixel (up * i + a, up * j + b) of the result is pixel (i, j) of
 * map number up * a + b. C is a multiple of 4.
 *
 * @param sources the maps' pointers
 */
export function interleave(sources: usize, rows: i32, columns: i32, channels: i32, up: i32, target: usize): void {
  const stride = channels << 2;
  const line = columns * stride;
  for (let row = 0; row < rows; row++) {
    for (let a = 0; a < up; a++) {
      for (let b = 0; b < up; b++) {
        let from = <usize>load<u32>(sources + (<usize>(up * a + b) << 2)) + <usize>(row * line);
        let to = target + <usize>((up * row + a) * up * line + b * stride);
        for (let column = 0; column < columns; column++) {
          for (let c = 0; c < stride; c += 16) v128.store(to + <usize>c, v128.load(from + <usize>c));
          from += <usize>stride;
          to += <usize>(up * stride);
        }
      }
    }
  }
}

/**
 * Upsampling by 2 with a separable low-pass filter: zeros between the pixels of a map [H, W, C], then a correlation with
 * the same taps down the columns and along the rows.
 *
 * @param taps their number is `count`
 * @param top, left zeros before the first row and column of the upsampled map
 * @param target [height2, width2, C]
 * @param work room for W C numbers
 */
export function upsample(
  source: usize,
  height: i32,
  width: i32,
  channels: i32,
  taps: usize,
  count: i32,
  top: i32,
  left: i32,
  target: usize,
  height2: i32,
  width2: i32,
  work: usize,
): void {
  const line = width * channels;
  for (let y = 0; y < height2; y++) {
    memory.fill(work, 0, <usize>(line << 2));
    for (let t = (y - top) & 1; t < count; t += 2) {
      const row = (y + t - top) >> 1;
      if (<u32>row >= <u32>height) continue;
      const from = source + (<usize>(row * line) << 2);
      const tap = load<f32>(taps + (<usize>t << 2));
      for (let i = 0; i < line; i++) {
        const at = <usize>i << 2;
        store<f32>(work + at, load<f32>(work + at) + tap * load<f32>(from + at));
      }
    }
    for (let x = 0; x < width2; x++) {
      const first = (x - left) & 1;
      for (let c = 0; c < channels; c++) {
        let sum: f32 = 0;
        for (let t = first; t < count; t += 2) {
          const column = (x + t - left) >> 1;
          if (<u32>column < <u32>width) {
            sum += load<f32>(taps + (<usize>t << 2)) * load<f32>(work + (<usize>(column * channels + c) << 2));
          }
        }
        store<f32>(target, sum);
        target += 4;
      }
    }
  }
}
