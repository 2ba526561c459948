import { html } from "../lib/figure/dom.js";

export interface Question {
  readonly question: string | Node;
  /** Opens on demand; a Node may hold figures and equations. */
  readonly answer: string | Node;
}

/**
 * Questions at the end of a chapter, with answers to open.
 *
 *     display(questions([{ question: "Why ...?", answer: "Because ..." }, ...]));
 *
 * In Markdown the same look comes from `<details class="question"><summary>Why?</summary> ... </details>`.
 */
export function questions(list: readonly Question[]): HTMLElement {
  return html(
    "ol",
    { class: "questions" },
    ...list.map(({ question, answer }) =>
      html(
        "li",
        {},
        html(
          "details",
          { class: "question" },
          html("summary", {}, question),
          html("div", { class: "answer" }, typeof answer === "string" ? html("p", {}, answer) : answer),
        ),
      ),
    ),
  );
}
