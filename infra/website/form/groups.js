// Lists of treatments, joints and the like: one more, or one less, without asking the server.

import { controls, isTick } from "./answers.js";
import { clear } from "./mending.js";

const itemsOf = (list) => [...list.querySelectorAll("[data-item]")];
const at = (form, kind, path) => form.querySelector(`[data-${kind}="${CSS.escape(path)}"]`);

function empty(item) {
  clear(item);
  for (const each of item.querySelectorAll(".slip")) each.hidden = true;
  for (const each of controls(item)) {
    if (isTick(each)) each.checked = false;
    else each.value = "";
  }
}

// "Treatment 2" is the second, whichever were removed.
function count(list) {
  const { entry, most } = list.dataset;
  const items = itemsOf(list);
  items.forEach((item, n) => {
    const title = item.querySelector("legend, label");
    const [was, is] = [title.textContent, entry.replace("{n}", n + 1)];
    title.textContent = is;
    for (const each of item.querySelectorAll("[name=_more]")) {
      each.textContent = each.textContent.replace(was, is);
    }
  });
  const add = list.querySelector(":scope > p > [name=_more]");
  if (add) add.parentNode.hidden = items.length >= most;
}

function grow(list) {
  const items = itemsOf(list);
  const { item: from } = items.at(-1).dataset;
  const to = `${list.dataset.list}.${1 + Math.max(...items.map((each) => each.dataset.item.split(".").pop()))}`;
  const added = items.at(-1).cloneNode(true);
  for (const each of [added, ...added.querySelectorAll("*")]) {
    for (const attribute of each.attributes) {
      attribute.value = attribute.value.replaceAll(from, to);
    }
  }
  empty(added);
  list.querySelector(":scope > p > [name=_more]").parentNode.before(added);
  count(list);
  return added.id ? added : controls(added)[0];
}

// Do what the button *value* wants; returns where to go on, or nothing if only the server can.
export function change(form, value) {
  const list = at(form, "list", value);
  if (list) return grow(list);
  const item = at(form, "item", value.slice(1));
  if (!item) return null;
  const among = item.closest("[data-list]");
  if (itemsOf(among).length > 1) item.remove();
  else empty(item);
  count(among);
  return among;
}

// Have room in lists for answers, by name and value.
export function makeRoom(form, pairs) {
  for (const [name] of pairs) {
    const [, path, n] = name.match(/^(.+?)\.(\d+)(\.|$)/) ?? [];
    const list = path && at(form, "list", path);
    while (list && !at(form, "item", `${path}.${n}`) && itemsOf(list).length < list.dataset.most) grow(list);
  }
}
