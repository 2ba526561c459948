/** Builds the site once (unless the caller just did) and serves it for every browser test. */
import type { TestProject } from "vitest/node";
import { build } from "../../lib/cli/build.js";
import { serve } from "../../lib/cli/serve.js";
import { findChromium } from "./chromium.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The site with the cross-origin isolation headers. */
    site: string;
    /** The same site from a plain static host. */
    plainSite: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  findChromium();
  if (!process.env.SITE_IS_BUILT) await build();
  const folder = new URL("../../dist", import.meta.url).pathname;
  const isolated = await serve(folder);
  const plain = await serve(folder, { isolated: false });
  project.provide("site", isolated.address);
  project.provide("plainSite", plain.address);
  return () => {
    isolated.server.close();
    plain.server.close();
  };
}
