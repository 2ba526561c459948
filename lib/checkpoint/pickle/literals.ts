/** Numbers and text as the pickle opcodes spell them. */

/** Text whose characters are the bytes. */
export function latin1Text(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return text;
}

/** A little-endian two's-complement integer of any length. */
export function integerOf(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; --i) value = (value << 8n) | BigInt(bytes[i]!);
  if (bytes.length > 0 && bytes[bytes.length - 1]! & 0x80) value -= 1n << BigInt(8 * bytes.length);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Python's raw-unicode-escape: \uXXXX and \UXXXXXXXX, nothing else. */
export function unescapeUnicode(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})|\\U000([0-9a-f]{5})/gi, (all, short: string, long: string) => {
    const code = parseInt(short ?? long, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

/** Python 2's repr of a str: backslash escapes of single bytes. */
export function unescapeString(text: string): string {
  return text.replace(/\\(x[0-9a-f]{2}|[0-7]{1,3}|.)/gis, (_, code: string) => {
    if (/^x../i.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8) & 255);
    return Object.hasOwn(ESCAPES, code) ? ESCAPES[code]! : code;
  });
}
