// All files of a form on their way to the store.

import { markOf } from "./files.js";
import { among, bytes, newRow } from "./rows.js";
import { calm, complain } from "./sending.js";
import { takeBack, upload } from "./transfer.js";
import { make, write } from "./words.js";

const AT_ONCE = 3;
// Between two sentences of the status: screen readers read each out.
const EVERY = 2_000;

export function uploading(view) {
  const status = make("p", { role: "status", tabindex: -1 });
  const list = make("ul.rows");
  // Names of files that are in the list already.
  const twice = [];
  let items = [];
  // Where uploads are shown, what signs for them, and what comes after the last.
  let place;
  // How many lists are still being read.
  let reading = 0;
  // Until then, what a row says can be read; and when the status last spoke.
  let linger = 0;
  let told = 0;
  let timer;
  // Resolves when what was removed has been dropped over there.
  let dropped;

  const some = (...states) => among(items, ...states);
  const on = (row) => items.filter((each) => each.row === row);

  function become(item, state, fault) {
    const lost = fault && !fault.status;
    const why = lost ? view.say("offline") : fault?.said?.message;
    Object.assign(item, { state, lost, why });
  }

  async function run(item) {
    const { signal } = (item.stop = new AbortController());
    become(item, "sending");
    try {
      await upload(item, place.sign, signal, (sent) => {
        item.sent = Math.min(sent, item.file.size);
        draw();
      });
      become(item, "sent");
    } catch (fault) {
      const code = fault.said?.errors?.[0]?.code;
      if (code === "ALREADY_RECEIVED") {
        linger = Date.now() + 2 * EVERY;
        become(item, "sent", fault);
      } else if (!signal.aborted) {
        // Of the file itself: it would be refused again.
        become(item, /FILE(?!S)/.test(code) ? "refused" : "failed", fault);
      }
    }
    go();
  }

  // What can be done with a row, in which states, and what those of its files become.
  const acts = [
    ["pause", /waiting|sending/, "paused"],
    ["go_on", /paused/, "waiting"],
    ["retry", /failed/, "waiting"],
    // What was sent stays sent.
    ["remove", /[^t]$/, "removed"],
  ];

  function turn(some, states, state) {
    for (const each of some.filter((item) => states.test(item.state))) {
      become(each, state);
      each.stop?.abort();
      if (state === "removed") dropped = Promise.allSettled([dropped, takeBack(each, place.sign)]);
    }
    items = items.filter((each) => each.state !== "removed");
    go();
  }

  function act(row, ...how) {
    const { element } = row;
    const next = element.nextSibling ?? element.previousSibling;
    turn(on(row), ...how);
    if (on(row)[0]) return;
    element.remove();
    (next?.querySelector("button:not([hidden])") ?? status).focus();
  }

  // The status not more often than a screen reader can follow.
  function draw() {
    for (const row of new Set(items.map((each) => each.row))) row.draw(on(row));
    clearTimeout(timer);
    const due = told + EVERY - Date.now();
    if (due > 0) {
      timer = setTimeout(draw, due);
      return;
    }
    told = Date.now();
    const [gone, total] = bytes(items);
    const percent = Math.floor((100 * gone) / (total || 1));
    const key = navigator.onLine ? "overall" : "offline";
    const text = view.say(key, { sent: some("sent").length, all: items.length, percent });
    write(status, twice[0] ? `${text} ${view.named("twice", twice)}` : text);
  }

  async function finish() {
    view.leaving = true;
    await dropped;
    place.finish();
  }

  // After each change.
  function go() {
    for (const each of some("waiting").slice(0, AT_ONCE - some("sending").length)) run(each);
    draw();
    calm(view);
    if (reading || view.leaving) return;
    if (!isUnfinished()) {
      const left = linger - Date.now();
      if (left > 0) setTimeout(go, left);
      else finish();
      return;
    }
    const bad = some("failed", "refused");
    if (!bad[0] || some("sending", "waiting", "paused")[0]) return;
    const rows = new Set(bad.map((each) => each.row));
    const again = () => {
      status.focus();
      turn(bad, /failed/, "waiting");
    };
    const text = view.say(place.reference ? "some_failed_text" : "some_failed_here", place);
    const names = [...rows].map(({ name }) => make("li", make("bdi", name)));
    const buttons = make(
      "p.acts",
      some("failed")[0] && view.button("retry_all", again),
      place.reference && view.button("without", finish),
    );
    complain(view, view.say("some_failed"), text, names, buttons);
  }

  const isUnfinished = () => reading || items.some(({ state }) => state !== "sent");

  return {
    status,
    isUnfinished,

    async begin(at, files) {
      if (!place) at.show(status, list);
      place ??= at;
      const rows = new Map();
      reading += 1;
      // One after the other: a disc's files at once would fill a phone's memory.
      for (const each of files) each.mark = await markOf(each.file, each.slot);
      reading -= 1;
      for (const each of files) {
        const { file, under, mark } = each;
        if (items.some((other) => other.mark === mark)) {
          twice.push(file);
          continue;
        }
        const at = file.batch ?? file;
        if (!rows.has(at)) rows.set(at, newRow(view, at, under, status, acts, act));
        const row = rows.get(at);
        list.append(row.element);
        items.push({ ...each, row, state: "waiting", sent: 0 });
      }
      told = 0;
      go();
    },

    // A phone that was put away, or without a net, goes on by itself.
    wake() {
      told = 0;
      draw();
      const lost = items.filter((each) => each.lost);
      if (!document.hidden && navigator.onLine && lost[0]) turn(lost, /failed/, "waiting");
    },
  };
}
