/** The page's engine: one worker for all figures of a page. */
export { openEngine } from "../lib/engine/client.js";
