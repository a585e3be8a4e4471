// Chosen files: how one is told from another, and which came together.

import { titleOf } from "./words.js";

// Of each end of a file, to tell it from another: a disc's pictures share name, size and time.
const EDGE = 256_000;

// What is known of a file is kept on it: its `look`; a `mark`, where another looks alike; and the
// `batch`, a folder or many files, that it came with. On an input: what was `chosen`, as a browser's
// own list is replaced by the next choice, and what was `told` of the last.
export const filesOf = (input) => input.chosen ?? [];

// *some* by what *by* says of each: a list for each key.
export function grouped(some, by) {
  const groups = new Map();
  for (const each of some) {
    const key = by(each);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(each);
  }
  return groups;
}

export const inputs = (form) => [...form.querySelectorAll("input[type=file][id]")];

// The control *name* of the card of an input; which requirement its files are for.
export const beside = (input, name) => input.form.elements[input.name.replace(/file$/, name)];
export const slotOf = (input) => beside(input, "requirement")?.value ?? "";

export const nameOf = (input) => titleOf(input.closest("fieldset"));

// The name stays here: what leaves as the file's mark is a hash.
export async function markOf(file, slot) {
  const text = [slot, file.name, file.size, file.lastModified, file.webkitRelativePath, ""].join("\n");
  let hash;
  try {
    const read = new Blob([text, file.slice(0, EDGE), file.slice(-EDGE)]).arrayBuffer();
    hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await read));
  } catch {
    // Without https there is no hash, and no going on after a reload. What can't be read fails later.
    hash = crypto.getRandomValues(new Uint8Array(32));
  }
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, 0)).join("");
}
