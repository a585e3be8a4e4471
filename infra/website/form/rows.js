// Lines of the page that show files on their way.

import { make, write } from "./words.js";

export const among = (some, ...states) => some.filter(({ state }) => states.includes(state));

// How many bytes have gone, and of how many.
export function bytes(some) {
  const sum = (of) => some.reduce((total, each) => total + of(each), 0);
  return [
    sum(({ file, state, sent }) => (state === "sent" ? file.size : sent)),
    sum(({ file }) => file.size),
  ];
}

// What is true of one of a row's files, the liveliest first.
const STATES = ["sending", "waiting", "paused", "failed", "refused", "sent"];

// A line of the page: a file, or all files of a folder. *items* are on it; each of *acts* has the key
// of what *act* can do with it, and in which states.
export function newRow(view, at, under, status, acts, act) {
  const name = view.nameOf(at);
  const bar = make("progress", { "aria-label": name });
  const line = make("p.soft");
  const can = acts.map(([key, ...how]) => [how[0], view.button(key, () => act(row, ...how), name)]);
  const box = make("p.acts", ...can.map((each) => each[1]));
  const head = make("p", make("bdi.name", name), under && make("span.tag", under));
  const row = { name, element: make("li", head, bar, line, box) };
  row.draw = (items) => {
    const state = STATES.find((each) => among(items, each)[0]);
    const [gone, total] = bytes(items);
    bar.max = total || 1;
    bar.value = gone;
    const why = among(items, state).find((each) => each.why)?.why;
    const done = among(items, "sent").length;
    const told = { sent: view.size(gone), size: view.size(total), done, all: items.length };
    const here = !(why && state === "sent") && view.say(state, told);
    write(line, [at.count && view.say("of_many", told), here, why].filter(Boolean).join(" "));
    line.className = /failed|refused/.test(state) ? "error" : "soft";
    const held = document.activeElement;
    for (const [states, button] of can) button.hidden = !states.test(state);
    if (box.contains(held) && held.hidden) (box.querySelector(":not([hidden])") ?? status).focus();
  };
  return row;
}
