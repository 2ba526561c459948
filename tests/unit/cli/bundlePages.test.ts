import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePages } from "../../../lib/cli/bundlePages.js";

/** A site of two pages with an engine, and one without code, as Framework builds them. */
const page = (up: string, module: string) => `<!DOCTYPE html>
<html>
<head>
<link rel="modulepreload" href="${up}_observablehq/client.aa.js">
<link rel="modulepreload" href="${up}_import/components/engine.0a.js">
<link rel="modulepreload" href="${up}_import/lib/engine/open.0b.js">
<link rel="modulepreload" href="${up}_import/components/${module}.0c.js">
<script type="module">

import {define} from "${up}_observablehq/client.aa.js";

define({body: async () => {
const [{openEngine}, {figure}] = await Promise.all([import("${up}_import/components/engine.0a.js"), import("${up}_import/components/${module}.0c.js")]);
return {openEngine, figure};
}});

</script>
</head>
<body><script>const search = () => import("${up}_observablehq/search.dd.js");</script></body>
</html>
`;
const FILES = {
  "index.html": page("./", "picture"),
  "chapters/one.html": page("../", "atlas"),
  "notation.html": "<!DOCTYPE html>\n<html><head></head><body></body></html>\n",
  "_import/components/engine.0a.js": `import {openEngine} from "../lib/engine/open.0b.js"; openEngine(); export {openEngine};`,
  "_import/components/picture.0c.js": `import {shared} from "../lib/shared.0d.js"; export const figure = "picture " + shared;`,
  "_import/components/atlas.0c.js": `import {shared} from "../lib/shared.0d.js"; import {now} from "../../_observablehq/stdlib.bb.js"; export const figure = () => now + shared;`,
  "_import/lib/shared.0d.js": `export const shared = "of all";`,
  "_import/lib/engine/open.0b.js": `export const openEngine = () => (globalThis.opened ??= import.meta.resolve("./worker.0e.js"));`,
  "_import/lib/engine/worker.0e.js": `postMessage(1);`,
  "_observablehq/stdlib.bb.js": `export const now = "now ";`,
};

describe("bundlePages", () => {
  let site: string;
  const html = (name: string) => readFileSync(join(site, name), "utf8");
  const preloads = (name: string) =>
    [...html(name).matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map(([, path]) => path!);
  beforeAll(async () => {
    site = mkdtempSync(join(tmpdir(), "site-"));
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(site, name)), { recursive: true });
      writeFileSync(join(site, name), text);
    }
    expect(await bundlePages(site)).toBe(2);
  });
  afterAll(() => rmSync(site, { recursive: true }));

  it("gives each page a module of its own, which holds what its code imports", async () => {
    const [, names, own] = /^import \{(.*)\} from "(.*)";$/m.exec(html("chapters/one.html"))!;
    expect(names).toBe("m0, m1");
    expect(own).toMatch(/^\.\.\/_page\/chapters-one\.\w+\.js$/);
    expect(html("chapters/one.html")).toContain("await Promise.all([m0, m1]);");
    // by Node itself: vitest's own loader lacks import.meta.resolve
    const code = `const {m0, m1} = await import(${JSON.stringify(join(site, "chapters", own!))});
      console.log(JSON.stringify([m0.openEngine(), m1.figure()]));`;
    const said = execFileSync(process.execPath, ["--input-type=module", "--eval", code], {
      encoding: "utf8",
    });
    expect(JSON.parse(said)).toEqual([`file://${site}/_import/lib/engine/worker.0e.js`, "now of all"]);
  });

  it("asks for the engine before all else, and for each file that a page needs, once", () => {
    const files = preloads("index.html");
    expect(new Set(files).size).toBe(files.length);
    expect(files[0]).toBe("./_observablehq/client.aa.js");
    expect(files[1]).toMatch(/^\.\/_page\/engine\.\w+\.js$/);
    expect(files.some((path) => path.includes("_import/"))).toBe(false);
    expect(html("index.html")).toContain(`<script type="module" async src="${files[1]}"></script>`);
    const own = files.find((path) => path.includes("_page/index."))!;
    const shared = [...readFileSync(join(site, own), "utf8").matchAll(/from"\.\/([^"]+)"/g)];
    expect(shared.length).toBeGreaterThan(0);
    for (const [, path] of shared) expect(files).toContain(`./_page/${path}`);
  });

  it("refuses a page whose modules are imported elsewhere than in its script", async () => {
    const other = mkdtempSync(join(tmpdir(), "site-"));
    try {
      mkdirSync(join(other, "_import"));
      writeFileSync(join(other, "_import/a.0a.js"), "export const a = 1;");
      writeFileSync(join(other, "index.html"), '<script>import("./_import/a.0a.js")</script>');
      await expect(bundlePages(other)).rejects.toThrow(/index\.html imports modules/);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it("leaves pages without code, and Framework's own modules, as they are", () => {
    expect(html("notation.html")).toBe(FILES["notation.html"]);
    expect(html("index.html")).toContain('import("./_observablehq/search.dd.js")');
  });
});
