import JSZip from "jszip";
import type { KeptFile } from "../../lib/weights/keptModels.js";

/**
 * A model's manifest and shards as one zip file, in a folder of the model's name. Weights hardly compress: they are
 * stored as they are, so that packing takes no longer than copying.
 */
export async function packModel(name: string, files: readonly KeptFile[]): Promise<Blob> {
  const zip = new JSZip();
  const folder = zip.folder(name)!;
  for (const { file, blob } of files) folder.file(file, blob);
  return zip.generateAsync({ type: "blob", compression: "STORE", streamFiles: true });
}

/** Hands a file to the browser's downloads. */
export function offerDownload(blob: Blob, name: string): void {
  const href = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
  // The download has its own hold on the blob once it has begun.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
