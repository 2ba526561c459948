import type { BuildOptions } from "esbuild";

/** How the built site's modules are put together: names stay, for those who read along in their browser's tools. */
export const BUNDLE = {
  bundle: true,
  format: "esm",
  target: "esnext",
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "eof",
  logLevel: "error",
} as const satisfies BuildOptions;
