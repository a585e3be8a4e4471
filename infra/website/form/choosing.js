// Choosing files: from a list, a folder, a disc, a camera, or dropped.

import { filesOf, grouped, inputs, markOf } from "./files.js";
import { look } from "./look.js";
import { tell } from "./telling.js";
import { make, MANY } from "./words.js";

// Of a folder, no more than an inquiry takes.
const MOST = 1_000;
const AT_ONCE = 8;

export function keep(view, input, files) {
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  // So that the plain form would post them, too.
  input.files = held.files;
  input.chosen = files;
  redraw(view, input.form);
}

const redraw = (view, form) =>
  tell(view, form, (input, about, hints) => draw(view, input, about, hints));

function draw(view, input, about, hints) {
  const list = input.parentNode.querySelector(".files");
  // Another one's turn to be made ready has not come yet.
  if (!list) return;
  const files = filesOf(input);
  const rows = [...grouped(files, (file) => file.batch ?? file)].map(([at, inside], n) => {
    const name = view.nameOf(at);
    const amount = ` · ${view.size(inside.reduce((total, each) => total + each.size, 0))}`;
    const remove = () => {
      keep(view, input, files.filter((each) => !inside.includes(each)));
      (list.querySelectorAll("button")[n] ?? input).focus();
    };
    const [what, doubts] = about(inside);
    const lines = [
      make("p", make("bdi", name), amount),
      ...what.map((text) => make("p.soft", text)),
      ...doubts.map((text) => make("p.notice", text)),
    ];
    return make("li", make("div", ...lines), view.button("remove", remove, name));
  });
  change(list, rows);
  change(list.nextSibling, [...(input.told ?? []), ...hints].map((text) => make("p", text)));
}

// Screen readers read each change.
function change(element, inside) {
  const text = (some) => some.map((each) => each.textContent).join("\n");
  if (text([...element.children]) !== text(inside)) element.replaceChildren(...inside);
}

// Every file at or below *entry*, with its folder.
async function walk(entry, found) {
  if (entry.isFile) {
    const [, folder, below] = entry.fullPath.split("/");
    const file = await new Promise((done, fail) => entry.file(done, fail));
    found.push([file, below && folder]);
    return;
  }
  const reader = entry.createReader();
  let some;
  do {
    some = await new Promise((done, fail) => reader.readEntries(done, fail));
    for (const each of some) await walk(each, found);
  } while (some.length && found.length < 2 * MOST);
}

async function lookAt(view, input, files) {
  const all = files.length;
  const each = async (file) => {
    file.look ??= await look(file, view.words);
  };
  for (let done = 0; done < all; done += AT_ONCE) {
    await Promise.all(files.slice(done, done + AT_ONCE).map(each));
    if (done % (32 * AT_ONCE)) continue;
    input.told = all > AT_ONCE ? [view.say("looking", { done, all })] : [];
    redraw(view, input.form);
  }
}

// A disc holds its viewer, too. What can't be read fails later, and is told then.
function sift(files, folder) {
  const kindOf = (file) => file.look.kind ?? "";
  const isDisc = folder && files.some((file) => kindOf(file) === "dicom");
  const unfit = isDisc ? /^(?!dicom|pdf)./ : /unknown/;
  return files.filter((file) => !unfit.test(kindOf(file)));
}

// Files that are in another's place, too, get a mark. Read is only what looks alike.
async function compare(form) {
  const looks = ({ name, size, lastModified }) => [name, size, lastModified].join("\n");
  for (const files of grouped(inputs(form).flatMap(filesOf), looks).values()) {
    if (files[1]) for (const file of files) file.mark ??= await markOf(file, "");
  }
}

// Each of *given* is a file and the folder that it lies in.
async function collect(view, input, given) {
  const told = [];
  const add = (files, folder) => {
    const batch = { folder, count: files.length };
    if (folder || files.length > MANY) for (const file of files) file.batch = batch;
    keep(view, input, [...filesOf(input), ...files]);
  };
  const drop = (files, key) => {
    if (!files[0]) return;
    keep(view, input, filesOf(input).filter((file) => !files.includes(file)));
    told.push(view.named(key, files));
  };
  for (const [folder, pairs] of grouped(given, (pair) => pair[1])) {
    const inside = pairs.map(([file]) => file);
    const isFew = inside.length <= (folder ? 2 * MOST : MOST);
    if (isFew) {
      // At once, so that none is missing from what may be sent now.
      if (!folder) add(inside);
      await lookAt(view, input, inside);
    }
    const good = isFew ? sift(inside, folder) : inside;
    const left = inside.filter((file) => !good.includes(file));
    if (good.length > MOST) told.push(view.say("too_many", { folder, most: MOST }));
    else if (!folder) drop(left, "not_taken");
    else if (good[0]) {
      if (left[0]) told.push(view.say("left_out", { count: left.length }));
      add(good, folder);
    } else told.push(view.say("no_images", { folder }));
  }
  await compare(input.form);
  // Those that stand before themselves in the list, too.
  const before = new Set();
  const isAgain = ({ mark }) => mark && before.size === before.add(mark).size;
  drop(filesOf(input).filter(isAgain), "twice");
  input.told = told;
  redraw(view, input.form);
}

let collected;

function gather(view, input, given) {
  collected = Promise.allSettled([collected, collect(view, input, given)]);
}

// Nothing is sent while files are still being looked at.
export const gathered = () => collected;

export function watch(view, input) {
  const { form } = input;
  const picked = ({ target: { files } }) => {
    gather(view, input, [...files].map((file) => [file, file.webkitRelativePath.split("/")[0]]));
  };
  const picks = view.by("picks").content.cloneNode(true);
  const [photo, folder] = picks.querySelectorAll("button");
  for (const each of [photo, folder]) {
    const more = make("input", { type: "file", ...each.dataset });
    more.onchange = picked;
    each.onclick = () => more.click();
  }
  photo.hidden = !matchMedia("(pointer: coarse)").matches;
  // Where images may come, whose names have no ending.
  folder.hidden = folder.nextElementSibling.hidden = input.accept;
  input.onchange = picked;
  input.after(picks);
  if (inputs(form)[0] === input) form.addEventListener("change", () => redraw(view, form));
  keep(view, input, [...input.files]);
}

// A browser would open what is dropped, in place of all that was typed.
export function catchDrops(view) {
  view.root.ondragover = view.root.ondrop = async (event) => {
    event.preventDefault();
    const { dataTransfer, target, type } = event;
    const input = target.closest?.("fieldset, #add")?.querySelector("input[type=file]");
    dataTransfer.dropEffect = input ? "copy" : "none";
    if (type !== "drop" || !input) return;
    // Gone when this function first waits.
    const entries = [...dataTransfer.items].map((item) => item.webkitGetAsEntry());
    const found = [];
    for (const entry of entries) if (entry) await walk(entry, found).catch(() => {});
    gather(view, input, found);
  };
}
