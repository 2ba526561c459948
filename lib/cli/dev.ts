/**
 * `npm run dev`: Framework's preview with hot reload, behind a proxy that serves the files the engine fetches by
 * computed names (preview itself serves only files a page names) and sends the isolation headers.
 */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import proxy from "http-proxy";
import sirv from "sirv";
import { prepare } from "./prepare.js";
import { ISOLATION_HEADERS } from "./serve.js";

const PORT = Number(process.env.PORT ?? 3000);
const PREVIEW_PORT = PORT + 1;
const root = new URL("../../", import.meta.url).pathname;

await prepare();
const preview = spawn("npx", ["observable", "preview", "--no-open", "--port", String(PREVIEW_PORT)], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, OBSERVABLE_TELEMETRY_DISABLE: "1" },
});
preview.on("exit", (code) => process.exit(code ?? 0));

const computed = sirv(`${root}src`, { dev: true, dotfiles: false });
const forward = proxy.createProxyServer({ target: `http://127.0.0.1:${PREVIEW_PORT}`, ws: true });
forward.on("error", (error, _request, response) => {
  if ("writeHead" in response)
    response.writeHead(502).end(`the preview is not answering yet: ${error.message}`);
});
const server = createServer((request, response) => {
  for (const [name, value] of Object.entries(ISOLATION_HEADERS)) response.setHeader(name, value);
  if (/^\/(weights|wasm|katex)\//.test(request.url ?? "")) {
    computed(request, response, () => void response.writeHead(404).end("not found"));
  } else forward.web(request, response);
});
server.on("upgrade", (request, socket, head) => forward.ws(request, socket, head));
server.listen(PORT, "127.0.0.1", () =>
  console.log(`The book, reloading as you edit, is at http://127.0.0.1:${PORT}/`),
);
