/** The page's engine: one worker for all figures of a page. */
import { openEngine } from "../lib/engine/client.js";

// Starts with this module, which a built page asks for before all others: code and device come up while the page does.
openEngine();

export { openEngine };
