/** Page loader: the glossary as Markdown, so that it is searched, printed and read without scripts. */
import { GLOSSARY } from "./components/glossary-terms.js";

const escape = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

const entries = GLOSSARY.map(
  ({ id, term, definition, source }) =>
    `<dt id="${id}">${escape(term)}</dt>\n<dd>${escape(definition)}${source ? ` <cite>${escape(source)}</cite>` : ""}</dd>`,
);

process.stdout.write(`---
title: Glossary
toc: false
---

# Glossary

<p class="lead">The words of the field, each in a sentence or two.</p>

Where a chapter uses one of these words for the first time, it is underlined with dots: point at it or focus it to read the definition, follow it to come here. The papers are listed under [References](./references).

<dl class="glossary">
${entries.join("\n")}
</dl>
`);
