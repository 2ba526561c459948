/** Data loader: the chapters with their lead, reading time and figures, counted from the pages themselves. */
import { readFileSync } from "node:fs";
import config from "../observablehq.config.js";

/** Words a minute for text with equations; a figure is looked at for a minute. Both are rough. */
const WORDS_PER_MINUTE = 180;
const MINUTES_PER_FIGURE = 1;

interface Entry {
  readonly name: string;
  readonly path: string;
}

function chapter({ name, path }: Entry) {
  const source = readFileSync(new URL(`.${path}.md`, import.meta.url), "utf8");
  const figures = source.match(/\bnumber: "\d+\.\d+"/g)?.length ?? 0;
  const prose = source
    .replace(/^---[\s\S]*?---/, "")
    .replace(/```[\s\S]*?```/g, "")
    .replace(/\$\$[\s\S]*?\$\$/g, "")
    .replace(/<[^>]+>/g, "");
  const words = prose.split(/\s+/).filter(Boolean).length;
  return {
    name,
    path,
    lead: /<p class="lead">(.*?)<\/p>/s.exec(source)?.[1] ?? "",
    network: /^network: (.*)$/m.exec(source)?.[1] ?? "",
    needs: /^needs: (.*)$/m.exec(source)?.[1] ?? "",
    figures,
    minutes: Math.round((words / WORDS_PER_MINUTE + figures * MINUTES_PER_FIGURE) / 5) * 5,
  };
}

const entries = (config.pages as { name: string; path?: string }[]).filter((page): page is Entry =>
  Boolean(page.path?.startsWith("/chapters/")),
);
process.stdout.write(JSON.stringify(entries.map(chapter)));
