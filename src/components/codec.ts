import { decode, encode } from "../lib/experiment/codec.js";
import type { ExperimentCodec } from "./permalink.js";

/** The book's own way of writing experiments into a URL, for the `codec` of a figure. */
export const codec: ExperimentCodec = { encode, decode };
