/** Puts the modules of each page of the built site into a few files. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { BUNDLE } from "./bundleOptions.js";

/** Where the files go, below the built site. */
const FOLDER = "_page";

/** Modules of the book and of the packages that it uses, as a page of the built site names them. */
const MODULE = String.raw`"((?:\.\.?\/)+_(?:import|npm|node)\/[^"]+\.js)"`;
const IMPORT = new RegExp(String.raw`\bimport\(${MODULE}\)`, "g");
const PRELOAD = new RegExp(String.raw`<link rel="modulepreload" href=${MODULE}>\n?`, "g");
const SCRIPT = /<script type="module">\n(?=[^]*?\bimport\()/;
const ENGINE = /(^|\/)components\/engine\.[0-9a-f]+\.js$/;

interface Page {
  readonly file: string;
  readonly text: string;
  /** The modules that its code imports, relative to the site. */
  readonly modules: readonly string[];
}

/**
 * Replaces the hundred and more modules that a page names, which a browser asks for one by one, by one of the page's
 * own and what it shares with others. The page's engine is a module by itself, which the page asks for first: code
 * and device come up while the rest arrives.
 *
 * @param folder the built site
 * @returns how many pages were changed
 * @throws {Error} for a page whose modules are imported elsewhere than in its script
 */
export async function bundlePages(folder: string): Promise<number> {
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html"))
    .map((file) => readPage(folder, file))
    .filter(({ modules }) => modules.length > 0);
  const engine = pages.flatMap(({ modules }) => modules).find((name) => ENGINE.test(name));
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints: [
      ...pages.map(({ file }) => ({
        in: `page:${file}`,
        out: file.replaceAll("/", "-").replace(/\.html$/, ""),
      })),
      ...(engine ? [{ in: join(folder, engine), out: "engine" }] : []),
    ],
    outdir: join(folder, FOLDER),
    entryNames: "[name].[hash]",
    chunkNames: "shared.[hash]",
    absWorkingDir: folder,
    metafile: true,
    splitting: true,
    plugins: [entries(folder, pages), places(folder)],
  });
  for (const page of pages) writeFileSync(join(folder, page.file), rewritten(page, metafile, engine));
  return pages.length;
}

function readPage(folder: string, file: string): Page {
  const text = readFileSync(join(folder, file), "utf8");
  const modules = [...text.matchAll(IMPORT)].map(([, path]) => join(dirname(file), path!));
  return { file, text, modules: [...new Set(modules)] };
}

/** A page's own module gives those that its code imports, by number. */
function entries(folder: string, pages: readonly Page[]): Plugin {
  return {
    name: "entries",
    setup(build) {
      build.onResolve({ filter: /^page:/ }, ({ path }) => ({ path: path.slice(5), namespace: "page" }));
      build.onLoad({ filter: /.*/, namespace: "page" }, ({ path }) => {
        const { modules } = pages.find(({ file }) => file === path)!;
        const lines = modules.map((name, i) => `export * as m${i} from ${JSON.stringify(`./${name}`)};`);
        return { contents: lines.join("\n"), resolveDir: folder };
      });
    },
  };
}

/** Framework's own modules stay what they are, and workers are found from where the code is now. */
function places(folder: string): Plugin {
  const fromHere = (path: string) => relative(join(folder, FOLDER), path);
  return {
    name: "places",
    setup(build) {
      build.onResolve({ filter: /\/_observablehq\// }, ({ path, resolveDir }) => ({
        path: fromHere(join(resolveDir, path)),
        external: true,
      }));
      build.onLoad({ filter: /\/_import\/.*\.js$/ }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replace(
          /import\.meta\.resolve\("(\.[^"]+)"\)/g,
          (_, to: string) => `import.meta.resolve(${JSON.stringify(fromHere(join(dirname(path), to)))})`,
        ),
      }));
    },
  };
}

function rewritten({ file, text, modules }: Page, { outputs }: Metafile, engine: string | undefined): string {
  if (!SCRIPT.test(text)) throw new Error(`${file} imports modules, but has no script that does`);
  const up = "../".repeat(file.split("/").length - 1) || "./";
  const outputOf = (entry: string) =>
    Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry)![0];
  const own = outputOf(`page:${file}`);
  const first = engine && modules.includes(engine) ? outputOf(engine) : null;
  const names = modules.map((_, i) => `m${i}`).join(", ");
  const preloads = [...(first ? reached(first, outputs) : []), ...reached(own, outputs)];
  const head = [...new Set(preloads)]
    .map((path) => `<link rel="modulepreload" href="${up}${path}">\n`)
    .join("");
  let placed = false;
  return text
    .replace(PRELOAD, () => {
      if (placed) return "";
      placed = true;
      return head;
    })
    .replace(SCRIPT, (script) => `${script}import {${names}} from "${up}${own}";\n`)
    .replace(IMPORT, (_, path: string) => `m${modules.indexOf(join(dirname(file), path))}`)
    .replace("</head>", first ? `<script type="module" async src="${up}${first}"></script>\n</head>` : "$&");
}

/** A file and all that it imports. */
function reached(path: string, outputs: Metafile["outputs"], found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const { path: next, external } of outputs[path]!.imports) if (!external) reached(next, outputs, found);
  return found;
}
