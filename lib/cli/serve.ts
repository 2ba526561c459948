/** A static server for the built site, on this machine only. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import sirv from "sirv";

/** These headers make a page cross-origin isolated, which WebAssembly threads need. */
export const ISOLATION_HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
} as const;

/**
 * Serves `folder` on 127.0.0.1.
 * @param port 0 takes any free one
 * @param isolated send the isolation headers; without them the site behaves as on a plain static host
 * @returns the server and the address it listens at
 */
export async function serve(
  folder: string,
  { port = 0, isolated = true }: { port?: number; isolated?: boolean } = {},
): Promise<{ server: Server; address: string }> {
  const files = sirv(folder, {
    dev: true,
    extensions: ["html"],
    setHeaders(response) {
      if (isolated)
        for (const [name, value] of Object.entries(ISOLATION_HEADERS)) response.setHeader(name, value);
    },
  });
  const server = createServer((request, response) => {
    files(request, response, () => {
      response.statusCode = 404;
      response.end("not found");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}
