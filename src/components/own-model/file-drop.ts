import { html, uniqueId } from "../../lib/figure/dom.js";

/**
 * Takes a reader's file: chosen in a dialog, or dropped anywhere on the page (a file dropped beside a drop zone would
 * make the browser leave the page). Of several files the first is taken.
 */
export function fileDrop(onFile: (file: File) => void): HTMLElement {
  const id = uniqueId("file");
  const input = html("input", { type: "file", id });
  const element = html(
    "div",
    { class: "file-drop" },
    html("label", { for: id }, "Choose a checkpoint file"),
    input,
    html("p", {}, "or drop it anywhere on this page: .pkl, .pt, .pth, .safetensors"),
  );
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    input.value = ""; // the same file can be chosen again
    if (file) onFile(file);
  });

  // Entering a child comes before leaving its parent, so the two are counted.
  let inside = 0;
  const over = (count: number) => {
    inside = Math.max(0, count);
    element.classList.toggle("is-over", inside > 0);
  };
  const bringsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  const listen = (name: "dragenter" | "dragover" | "dragleave" | "drop", act: (event: DragEvent) => void) =>
    document.addEventListener(name, (event) => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      act(event);
    });
  listen("dragenter", () => over(inside + 1));
  listen("dragleave", () => over(inside - 1));
  listen("dragover", (event) => (event.dataTransfer!.dropEffect = "copy"));
  listen("drop", (event) => {
    over(0);
    const [file] = event.dataTransfer!.files;
    if (file) onFile(file);
  });
  return element;
}
