import { html } from "../../lib/figure/dom.js";
import { failureOf } from "../runner.js";

/** Tells how far the work is: words, and a share of 0 .. 1 where one is known. */
export type Say = (words: string, share?: number) => void;

/**
 * One piece of work at a time, with its progress, a Cancel button, and a message for how it ended. New work stops
 * what was under way.
 */
export function createBusy(onBusy: (busy: boolean) => void) {
  let stop: AbortController | null = null;
  const message = html("p", { class: "own-message", role: "status" });
  const meter = html("progress", { max: 1, "aria-label": "progress" });
  const words = html("span", { class: "own-words" });
  const cancel = html("button", { type: "button", onclick: () => stop?.abort() }, "Cancel");
  const bar = html("div", { class: "own-busy", hidden: true }, meter, words, cancel);
  const element = html("div", {}, bar, message);

  const tell = (text: string, failed = false) => {
    message.textContent = text;
    message.classList.toggle("is-failure", failed);
  };
  const say: Say = (text, share) => {
    words.textContent = text;
    if (share === undefined) meter.removeAttribute("value");
    else meter.value = share;
  };

  /** @param act may end with a sentence on what it has done */
  async function work(
    what: string,
    act: (signal: AbortSignal, say: Say) => Promise<string | undefined>,
  ): Promise<void> {
    stop?.abort();
    const mine = new AbortController();
    stop = mine;
    tell("");
    say(what);
    bar.hidden = false;
    onBusy(true);
    try {
      const done = await act(mine.signal, (text, share) => stop === mine && say(text, share));
      if (stop === mine) tell(done ?? "");
    } catch (error) {
      // Work that was replaced has nothing to say any more.
      if (stop === mine)
        tell(mine.signal.aborted ? `Stopped ${what}.` : sentenceOf(error), !mine.signal.aborted);
    } finally {
      if (stop === mine) {
        stop = null;
        bar.hidden = true;
        onBusy(false);
      }
    }
  }
  return { element, work, tell };
}

/** What went wrong, as a sentence. */
export function sentenceOf(error: unknown): string {
  if ((error as Error | null)?.name === "QuotaExceededError")
    return "The browser has no room left for this model; delete another one, or choose fewer bits.";
  const { sentence } = failureOf(error);
  if (/[.!?]$/.test(sentence)) return sentence;
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}
