import { readdirSync } from "node:fs";
import katexPlugin from "@vscode/markdown-it-katex";
import katex from "katex";
import type MarkdownIt from "markdown-it";
import { glossaryLinks } from "./lib/cli/glossaryLinks.js";
import { unbrokenText } from "./lib/cli/unbrokenText.js";
import { GLOSSARY } from "./src/components/glossary-terms.js";

/** Files below a folder of `src`, as absolute site paths: what the engine fetches by computed names. */
function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(new URL(`src/${folder}/`, import.meta.url), { withFileTypes: true })) {
    if (entry.isDirectory()) yield* filesBelow(`${folder}/${entry.name}`);
    else if (/\.(json|safetensors|wasm|css|woff2)$/.test(entry.name)) yield `/${folder}/${entry.name}`;
  }
}

/**
 * Equations are rendered at build time, with MathML beside the HTML for screen readers. Of KaTeX's HTML extensions
 * only `\htmlData` is let through, which links a term to code and figures.
 */
function markdownIt(md: MarkdownIt): MarkdownIt {
  // The package is CommonJS: its default export may arrive wrapped.
  const plugin = (katexPlugin as unknown as { default?: typeof katexPlugin }).default ?? katexPlugin;
  return md
    .use(glossaryLinks(GLOSSARY))
    .use(unbrokenText)
    .use(plugin, {
      katex, // the plugin's own is older than the stylesheet that pages load
      output: "htmlAndMathml",
      strict: (code: string) => (code === "htmlExtension" ? "ignore" : "error"),
      trust: ({ command }: { command: string }) => command === "\\htmlData",
      throwOnError: true,
    });
}

/** The way from a page back to the site's root, so that the site also works below another path. */
function rootFrom(path: string): string {
  return "../".repeat(path.split("/").length - 2) || "./";
}

/** `rel=external` keeps Framework from renaming the stylesheet, whose fonts lie beside it. */
const head = (root: string) => `<meta name="site-root" content="${root}">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet external" href="${root}katex/katex.min.css">`;

export default {
  title: "Inside StyleGAN",
  root: "src",
  output: "dist",
  style: "style/site.css",
  globalStylesheets: [],
  search: true,
  markdownIt,
  pages: [
    { name: "The network at a glance", path: "/at-a-glance" },
    { name: "AdaIN", path: "/chapters/adain" },
    { name: "Droplet artifacts", path: "/chapters/droplet-artifacts" },
    { name: "Weight demodulation", path: "/chapters/weight-demodulation" },
    { name: "LOD blending", path: "/chapters/lod-blending" },
    { name: "Path-length regularisation", path: "/chapters/path-length" },
    { name: "Bring your own model", path: "/bring-your-own-model" },
    {
      name: "Look up",
      open: true,
      pages: [
        { name: "Notation", path: "/notation" },
        { name: "Glossary", path: "/glossary" },
        { name: "References", path: "/references" },
        { name: "Model cards", path: "/models" },
      ],
    },
  ],
  dynamicPaths: () => [...filesBelow("weights"), ...filesBelow("wasm"), ...filesBelow("katex")],
  head: ({ path }: { path: string }) => head(rootFrom(path)),
  footer: `Inside StyleGAN. Text and code MIT; our weights and pictures CC0. Everything runs on your machine.`,
};
