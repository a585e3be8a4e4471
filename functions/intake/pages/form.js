// The living form: makes a served page send without leaving, files straight to the store.
// It draws no question itself: pages come from the server, and without this script they work, too.

// The server signs parts of this size, or of a 10,000th of the file.
const PART = 5 * 2 ** 20;
// Beyond this a file goes in parts, so that it can go on where it broke off.
const SINGLE = 8 * 2 ** 20;
const AT_ONCE = 3;
const TRIES = 3;
// A connection without a byte for so long is dead.
const STALLED = 60_000;
// Between two sentences of the status: screen readers read each out.
const EVERY = 2_000;
// Of each end of a file, to tell it from another: a disc's pictures share name, size and time.
const EDGE = 256_000;
// Of a folder, no more than an inquiry takes.
const MOST = 1_000;
// Files chosen at once that are shown as one.
const MANY = 12;
const JSON_TYPE = "application/json";

let words;
let busy = false;
let leaving = false;
let items = [];
// Names of files that are in the list already, and how many lists are still being read.
const twice = [];
let reading = 0;
// Until then, what a row says can be read.
let linger = 0;
// Resolves when what was removed has been dropped over there.
let dropped = Promise.resolve();
// Where files go: what signs for them, and what comes after the last.
let place;

const by = (id) => document.getElementById(id);
const say = (key, values = {}) => words[key].replace(/{(\w+)}/g, (_, name) => values[name] ?? "");
const wait = (time) => new Promise((done) => setTimeout(done, time));

function make(tag, given = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

function button(key, name, press) {
  const made = make("button", { type: "button", class: "second" }, say(key));
  if (name) made.setAttribute("aria-label", `${say(key)}: ${name}`);
  made.addEventListener("click", press);
  return made;
}

// In megabytes: what is smaller needs no number of its own.
function size(bytes) {
  const style = { style: "unit", unit: "megabyte", maximumSignificantDigits: 2 };
  const amount = bytes && Math.max(bytes / 1e6, 0.1);
  return new Intl.NumberFormat(document.documentElement.lang, style).format(amount);
}

// ---- Asking

class Fault extends Error {
  constructor(answer) {
    const said = answer && json(answer);
    super(said?.message ?? "");
    this.status = answer ? answer.status : 0;
    this.code = said?.errors?.[0]?.code;
  }
}

function json(answer) {
  try {
    const said = JSON.parse(answer.responseText);
    // Else it is the gateway's own.
    return said?.ok || said?.error ? said : null;
  } catch {
    return null;
  }
}

// Not fetch, which can't tell how much of a file has gone.
function ask(method, url, { body, headers = {}, signal, progress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer;
    const stir = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STALLED);
    };
    const stop = () => request.abort();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (progress) {
      request.upload.onprogress = (event) => {
        stir();
        progress(event.loaded);
      };
    }
    request.onload = () => resolve(request);
    request.onerror = request.onabort = () => reject(new Fault());
    request.onloadend = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    };
    if (signal?.aborted) {
      reject(new Fault());
      return;
    }
    signal?.addEventListener("abort", stop);
    stir();
    request.send(body);
  });
}

// Again after a broken connection, a fault over there or too many at once; never after a refusal.
async function call(method, url, given) {
  for (let n = 1; ; n += 1) {
    let answer = null;
    try {
      answer = await ask(method, url, given);
      if (answer.status < 300 && !answer.responseText.includes("<Error>")) return answer;
    } catch (fault) {
      if (given.signal?.aborted) throw fault;
    }
    const status = answer ? answer.status : 500;
    if (n === TRIES || (status >= 300 && status < 500 && status !== 429)) throw new Fault(answer);
    await wait(800 * 3 ** (n - 1));
  }
}

const post = (url, body, signal) =>
  call("POST", url, {
    body: JSON.stringify(body),
    headers: { "Content-Type": JSON_TYPE, Accept: JSON_TYPE },
    signal,
  });

// ---- One file

// The name stays here: what leaves as the file's mark is a hash.
async function markOf(file, slot) {
  const text = [slot, file.name, file.size, file.lastModified, file.webkitRelativePath, ""].join("\n");
  let hash;
  try {
    const read = new Blob([text, file.slice(0, EDGE), file.slice(-EDGE)]).arrayBuffer();
    hash = await crypto.subtle.digest("SHA-256", await read);
  } catch {
    // Without https there is no hash, and no going on after a reload. What can't be read fails later.
    hash = crypto.getRandomValues(new Uint8Array(32)).buffer;
  }
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function upload(item) {
  const { file, signal } = item;
  const sign = async (body) => JSON.parse((await post(place.sign, body, signal)).responseText);
  const about = {
    key: item.mark,
    slot: item.slot,
    record: item.record,
    name: file.name,
    size: file.size,
    type: file.type,
  };
  if (file.size > SINGLE) {
    await uploadParts(item, sign, about);
    return;
  }
  // Before the answer, which may get lost on its way.
  item.asked = true;
  const to = await sign({ ...about, method: "PUT", contentType: "application/octet-stream" });
  const body = new FormData();
  for (const [name, value] of Object.entries(to.fields)) body.append(name, value);
  body.append("file", file, "file");
  await call("POST", to.url, { body, signal, progress: (sent) => item.moved(sent) });
}

async function uploadParts(item, sign, about) {
  const { file, signal } = item;
  const xml = (answer) => new DOMParser().parseFromString(answer.responseText, "application/xml");
  const text = (node, tag) => node.getElementsByTagName(tag)[0]?.textContent ?? "";
  const begun = await sign({ ...about, method: "POST" });
  const there = new Map();
  let { uploadId } = begun;
  if (uploadId) {
    const { url } = await sign({ method: "GET", key: begun.key, uploadId });
    for (const part of xml(await call("GET", url, { signal })).getElementsByTagName("Part")) {
      there.set(+text(part, "PartNumber"), [+text(part, "Size"), text(part, "ETag")]);
    }
  } else {
    const { url, headers } = begun;
    uploadId = text(xml(await call("POST", url, { headers, signal })), "UploadId");
  }
  item.begun = { key: begun.key, uploadId };
  const step = Math.max(PART, Math.ceil(file.size / 10_000));
  const parts = [];
  for (let from = 0, n = 1; from < file.size; from += step, n += 1) {
    const body = file.slice(from, from + step);
    let [had, tag] = there.get(n) ?? [];
    if (had !== body.size) {
      const { url } = await sign({ ...item.begun, method: "PUT", partNumber: n });
      const progress = (sent) => item.moved(from + sent);
      tag = (await call("PUT", url, { body, signal, progress })).getResponseHeader("ETag") ?? "";
    }
    item.moved(from + body.size);
    const bare = tag.replace(/[^\w-]/g, "");
    parts.push(`<Part><PartNumber>${n}</PartNumber><ETag>${bare}</ETag></Part>`);
  }
  const { url } = await sign({ ...item.begun, method: "POST" });
  const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
  await call("POST", url, { body, headers: { "Content-Type": "application/xml" }, signal });
}

// ---- All files: waiting, sending, paused, failed or sent

const among = (some, ...states) => some.filter((each) => states.includes(each.state));
const count = (...states) => among(items, ...states).length;

// How many bytes have gone, and of how many.
function bytes(some) {
  const sum = (of) => some.reduce((total, each) => total + of(each), 0);
  const gone = ({ file, state, sent }) => (state === "sent" ? file.size : sent);
  return [sum(gone), sum((each) => each.file.size)];
}

// A line of the page: a file, or all files of a folder.
class Row {
  constructor({ name, many }, under) {
    Object.assign(this, { name, many, items: [] });
    this.bar = make("progress", { max: 1, value: 0, "aria-label": name });
    this.line = make("p", { class: "soft" });
    this.acts = make("p", { class: "acts" });
    const head = make("p", {}, make("bdi", { class: "name" }, name));
    if (under) head.append(make("span", { class: "tag" }, under));
    this.row = make("li", {}, head, this.bar, this.line, this.acts);
  }

  // What is true of one of its files, the liveliest first.
  get state() {
    const states = ["sending", "waiting", "paused", "failed", "refused"];
    return states.find((each) => among(this.items, each).length) ?? "sent";
  }

  tell() {
    const { state, items } = this;
    const [gone, all] = bytes(items);
    this.bar.max = all || 1;
    this.bar.value = gone;
    const why = items.find((each) => each.why && each.state === state)?.why;
    const done = among(items, "sent").length;
    const told = { sent: size(gone), size: size(all), done, all: items.length };
    const text = this.many ? `${say("of_many", told)} ` : "";
    const here = why && state === "sent" ? "" : say(state, told);
    this.line.textContent = text + here + (why ? ` ${why}` : "");
    this.line.className = ["failed", "refused"].includes(state) ? "error" : "soft";
  }

  draw() {
    this.tell();
    tell();
    const { state, name } = this;
    if (state === this.drawn) return;
    this.drawn = state;
    const held = this.acts.contains(document.activeElement);
    const can = {
      waiting: ["pause", "remove"],
      sending: ["pause", "remove"],
      paused: ["go_on", "remove"],
      failed: ["retry", "remove"],
      refused: ["remove"],
      sent: [],
    }[state];
    this.acts.replaceChildren(...can.map((key) => button(key, name, () => this[key]())));
    this.acts.hidden = !can.length;
    if (held) (this.acts.firstChild ?? place.status).focus();
  }

  pause() {
    const held = among(this.items, "waiting", "sending");
    for (const each of held) each.state = "paused";
    for (const each of held) each.stop?.abort();
    this.draw();
    settle();
  }

  go_on() {
    for (const each of among(this.items, "paused", "failed")) each.state = "waiting";
    this.draw();
    pump();
  }

  retry() {
    this.go_on();
  }

  // What was sent stays sent.
  remove() {
    const next = this.row.nextElementSibling ?? this.row.previousElementSibling;
    for (const each of this.items) if (each.state !== "sent") each.drop();
    this.items = among(this.items, "sent");
    this.draw();
    if (!this.items.length) {
      this.row.remove();
      (next?.querySelector("button") ?? place.status).focus();
    }
    settle();
  }
}

class Item {
  constructor(file, mark, slot, record, row) {
    Object.assign(this, { file, mark, slot, record, row, state: "waiting", sent: 0 });
    row.items.push(this);
  }

  moved(sent) {
    this.sent = Math.min(sent, this.file.size);
    this.row.tell();
    tell();
  }

  become(state, fault) {
    this.state = state;
    this.lost = fault?.status === 0;
    this.why = this.lost ? say("offline") : fault?.message;
    this.row.draw();
  }

  drop() {
    items = items.filter((each) => each !== this);
    this.state = "removed";
    this.stop?.abort();
    const { mark: key, slot, file } = this;
    const drop = this.begun
      ? post(place.sign, { ...this.begun, method: "DELETE" }).then((answer) =>
          call("DELETE", JSON.parse(answer.responseText).url, {}),
        )
      : this.asked &&
        post(place.sign.replace(/\/sign$/, ""), { do: "take_back", key, slot, size: file.size });
    // At worst the clinic waits for it in vain; the store drops by itself what nobody completes.
    dropped = Promise.allSettled([dropped, drop]);
  }

  async run() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.signal = signal;
    this.become("sending");
    try {
      await upload(this);
      this.become("sent");
    } catch (fault) {
      if (fault.code === "ALREADY_RECEIVED") {
        linger = Date.now() + 2 * EVERY;
        this.become("sent", fault);
        // Of the file itself: it would be refused again.
      } else if (!signal.aborted) this.become(/FILE(?!S)/.exec(fault.code) ? "refused" : "failed", fault);
    }
    settle();
  }
}

function pump() {
  place.trouble.replaceChildren();
  let free = AT_ONCE - count("sending");
  for (const each of items) {
    if (free < 1) return;
    if (each.state === "waiting") {
      free -= 1;
      each.run();
    }
  }
}

function finish() {
  leaving = true;
  dropped.then(place.finish);
}

function settle() {
  if (leaving || reading) return;
  if (items.every((each) => each.state === "sent")) {
    const left = linger - Date.now();
    if (left > 0) {
      setTimeout(settle, left);
      return;
    }
    finish();
    return;
  }
  pump();
  const bad = among(items, "failed", "refused");
  if (bad.length && !count("sending", "waiting", "paused")) {
    const heading = make("h2", { id: "summary-title" }, say("some_failed"));
    const rows = [...new Set(bad.map(({ row }) => row))];
    const list = make("ul", {}, ...rows.map(({ name }) => make("li", {}, make("bdi", {}, name))));
    const again = () => {
      place.status.focus();
      for (const row of rows) row.retry();
    };
    const buttons = make("p", { class: "acts" });
    if (count("failed")) buttons.append(button("retry_all", "", again));
    if (place.reference) buttons.append(button("without", "", finish));
    const said = say(place.reference ? "some_failed_text" : "some_failed_here", place);
    const box = summary(heading, make("p", {}, said), list, buttons);
    place.trouble.replaceChildren(box);
    box.focus();
  }
}

let told = 0;
let timer;

// Not more often than a screen reader can follow.
function tell() {
  clearTimeout(timer);
  if (!place) return;
  const due = told + EVERY - Date.now();
  if (due > 0) {
    timer = setTimeout(tell, due);
    return;
  }
  told = Date.now();
  const [gone, all] = bytes(items);
  const percent = Math.floor((100 * gone) / (all || 1));
  let text = say("overall", { sent: count("sent"), all: items.length, percent });
  if (twice.length) text += ` ${said(twice)}`;
  if (place.status.textContent !== text) place.status.textContent = text;
}

const said = (names) => say("twice", { names: names.slice(0, MANY).join(", ") });

function summary(...inside) {
  const given = { class: "summary", role: "alert", tabindex: -1, "aria-labelledby": "summary-title" };
  return make("div", given, ...inside);
}

// Where uploads are shown, and how they begin.
async function begin(at, files) {
  if (!place) {
    const status = make("p", { role: "status", tabindex: -1 });
    place = { ...at, status, trouble: make("div"), rows: make("ul", { class: "rows" }) };
    at.show(place.trouble, status, place.rows);
  }
  reading += 1;
  const marks = [];
  // One after the other: a disc's files at once would fill a phone's memory.
  for (const { file, slot } of files) marks.push(await markOf(file, slot));
  reading -= 1;
  const rows = new Map();
  const known = new Set(items.map((each) => each.mark));
  files.forEach(({ file, slot, record, under }, n) => {
    if (known.has(marks[n])) {
      twice.push(file.name);
      return;
    }
    known.add(marks[n]);
    const at = batches.get(file) ?? file;
    if (!rows.has(at)) rows.set(at, new Row(at, under));
    items.push(new Item(file, marks[n], slot, record, rows.get(at)));
  });
  for (const row of rows.values()) {
    place.rows.append(row.row);
    row.draw();
  }
  told = 0;
  tell();
  settle();
}

// ---- Choosing files

// By input: a browser's own list is replaced by the next choice.
const chosen = new WeakMap();
// By file: the folder, or the many files, that it came with.
const batches = new WeakMap();

const filesOf = (input) => chosen.get(input) ?? [];

function keep(input, files) {
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  // So that the plain form would post them, too.
  input.files = held.files;
  chosen.set(input, files);
  const list = by(`${input.id}-list`);
  const lines = new Map();
  for (const file of files) {
    const at = batches.get(file) ?? file;
    lines.set(at, [...(lines.get(at) ?? []), file]);
  }
  list.replaceChildren(
    ...[...lines].map(([{ name }, inside], n) => {
      const amount = ` · ${size(inside.reduce((total, each) => total + each.size, 0))}`;
      const drop = button("remove", name, () => {
        keep(input, files.filter((each) => !inside.includes(each)));
        (list.querySelectorAll("button")[n] ?? input).focus();
      });
      return make("li", {}, make("span", {}, make("bdi", {}, name), amount), drop);
    }),
  );
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

// A disc holds its viewer, too: of a folder with images these go and PDFs, else likely records.
async function sift(files) {
  const images = new Set();
  for (const file of files) {
    // What can't be read fails later, and is told then.
    const mark = await file.slice(128, 132).text().catch(() => "DICM");
    if (mark === "DICM" && !file.name.match(/^dicomdir$/i)) images.add(file);
  }
  const other = images.size ? /\.pdf$/i : /\.(pdf|jpe?g|png|tiff?|heic|zip|iso)$/i;
  return files.filter((file) => images.has(file) || file.name.match(other));
}

// Those that are in the list before, too. Read is only what looks alike.
async function repeated(files) {
  const looks = files.map((file) => [file.name, file.size, file.lastModified].join("\n"));
  const marks = new Set();
  const found = [];
  for (const [n, file] of files.entries()) {
    if (looks.indexOf(looks[n]) === looks.lastIndexOf(looks[n])) continue;
    const mark = await markOf(file, "");
    if (marks.has(mark)) found.push(file);
    marks.add(mark);
  }
  return found;
}

// Each of *given* is a file and the folder that it lies in.
async function gather(input, given) {
  const told = [];
  const files = [...filesOf(input)];
  for (const folder of new Set(given.map((each) => each[1]))) {
    const inside = given.filter((each) => each[1] === folder).map(([file]) => file);
    const good = folder ? await sift(inside) : inside;
    const left = inside.length - good.length;
    const amount = say("files", { count: good.length });
    const many = { name: folder ? `${folder} · ${amount}` : amount, many: true };
    if (inside.length >= 2 * MOST || good.length > MOST) told.push(say("too_many", { folder, most: MOST }));
    else if (!good.length) told.push(say("no_images", { folder }));
    else {
      if (left) told.push(say("left_out", { count: left }));
      if (folder || inside.length > MANY) for (const file of good) batches.set(file, many);
      files.push(...good);
    }
  }
  const status = by(`${input.id}-list`).nextSibling;
  status.textContent = told.join(" ");
  // At once, so that none is missing from what may be sent now.
  keep(input, files);
  const found = await repeated(files);
  // Meanwhile it may be another list, or another page.
  if (!found.length || !input.isConnected || chosen.get(input) !== files) return;
  keep(input, files.filter((each) => !found.includes(each)));
  told.push(said(found.map(({ name }) => name)));
  status.textContent = told.join(" ");
}

function watch(input) {
  const picked = ({ target }) => {
    const given = [...target.files];
    gather(input, given.map((file) => [file, file.webkitRelativePath.split("/")[0]]));
  };
  const status = make("p", { class: "soft", role: "status" });
  input.after(make("ul", { id: `${input.id}-list`, class: "files", "aria-live": "polite" }), status);
  input.addEventListener("change", picked);
  // Where images may come, whose names have no ending.
  if (!input.accept) {
    const folder = make("input", { type: "file", webkitdirectory: "" });
    folder.addEventListener("change", picked);
    const choose = button("folder", "", () => folder.click());
    input.after(make("p", { class: "acts" }, choose, make("span", { class: "help hover" }, say("drop"))));
  }
  if (input.files.length) keep(input, [...input.files]);
}

// ---- The form

const inputs = (form) => [...form.querySelectorAll("input[type=file]")];

const kindOf = (input) => input.form.elements[input.name.replace(/file$/, "requirement")];
const slotOf = (input) => kindOf(input)?.value ?? "";

// What was typed, without files: they go later, and the server only learns which records have some.
function typed(form) {
  const data = new FormData(form);
  const some = inputs(form).filter((input) => input.files.length);
  for (const input of inputs(form)) data.delete(input.name);
  data.set("_files", some.map((input) => input.name).join(" "));
  return data;
}

// The record of the answer that a card became: the server leaves out cards that nobody filled in.
function recordsOf(form, records) {
  const data = [...typed(form)];
  const left = [...records];
  return inputs(form).map((input) => {
    const path = input.name.replace(/file$/, "");
    const slot = slotOf(input);
    const filled = data.some(([name, value]) => value && name.startsWith(path) && !fixed(form, name));
    if (!filled && !input.files.length) return undefined;
    const at = left.findIndex((record) => record.requirement === slot);
    return at < 0 ? undefined : left.splice(at, 1)[0].n;
  });
}

const fixed = (form, name) => form.elements[name]?.type === "hidden";

function complain(title, text, problems = []) {
  const links = problems.map(({ field, message }) => {
    let id = field;
    while (id && !by(id) && !by(`${id}.day`)) id = id.replace(/\.?[^.]*$/, "");
    const target = by(id) ? id : id ? `${id}.day` : "form";
    return make("li", {}, make("a", { href: `#${target}` }, message));
  });
  const heading = make("h2", { id: "summary-title" }, title);
  const box = summary(heading, make("p", {}, text), make("ul", {}, ...links));
  document.querySelector(".summary")?.remove();
  document.querySelector("main").prepend(box);
  const prefix = say("error");
  if (!document.title.startsWith(prefix)) document.title = prefix + document.title;
  box.focus();
}

// Take what the server drew in place of this page, with the files that were chosen.
function take(page, focus) {
  const form = by("form");
  const files = inputs(form).map((input) => [slotOf(input), chosen.get(input)]);
  document.title = page.title;
  document.body.replaceChildren(...page.body.childNodes);
  enliven();
  for (const input of inputs(by("form"))) {
    const at = files.findIndex(([slot, held]) => held?.length && slot === slotOf(input));
    if (at >= 0) keep(input, files.splice(at, 1)[0][1]);
  }
  const target = document.querySelector(focus) ?? by("form");
  target.scrollIntoView();
  target.focus();
}

async function draw(form, extra) {
  const body = typed(form);
  if (extra) body.set(...extra);
  const answer = await ask("POST", form.action, { body, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(answer.responseText, "text/html");
  return page.getElementById("form") && page.getElementById("words") ? page : null;
}

async function more(form, pressed) {
  const page = await draw(form, [pressed.name, pressed.value]);
  if (!page) throw new Fault();
  take(page, `[id="${CSS.escape(new URL(pressed.formAction).hash.slice(1))}"]`);
}

async function send(form) {
  const body = typed(form);
  const headers = { Accept: JSON_TYPE };
  let answer;
  for (let n = 1; !answer; n += 1) {
    // The page's own key goes along each time: what did arrive is not taken twice.
    answer = await ask("POST", form.action, { body, headers }).catch(() => null);
    if (answer && answer.status >= 500 && !json(answer)) answer = null;
    if (n === TRIES) break;
    if (!answer) await wait(800 * n);
  }
  const said = answer && json(answer);
  if (said?.ok) {
    // It has arrived, whatever happens here: then its own page takes over.
    await arrived(form, said).catch(() => leave(said.next));
    return;
  }
  if (!said) throw new Fault();
  // The server's own page says it beside each field, and in the order of the page.
  const page = answer.status === 422 ? await draw(form).catch(() => null) : null;
  if (page?.querySelector(".summary")) take(page, ".summary");
  else if (answer.status === 422) complain(say("problems"), say("nothing_sent"), said.errors);
  else complain(said.error, said.message);
}

function leave(next) {
  leaving = true;
  location.assign(next);
}

async function arrived(form, said) {
  const records = recordsOf(form, said.records ?? []);
  const files = inputs(form).flatMap((input, n) => {
    const card = input.closest("fieldset").querySelector("legend").firstChild;
    const under = (kindOf(input).selectedOptions?.[0] ?? card).textContent.trim();
    const about = { slot: slotOf(input), record: records[n], under };
    return filesOf(input).map((file) => ({ file, ...about }));
  });
  // On this origin, whatever name the clinic gave it.
  const { pathname } = new URL(said.upload.url);
  const finish = async () => {
    // A hint: without it the team's letter waits a little.
    await post(pathname, { do: "done" }).catch(() => {});
    leave(said.next);
  };
  if (!files.length) return leave(said.next);
  const show = (...shown) => {
    const title = make("h1", { tabindex: -1 }, say("title"));
    const label = make("p", { class: "soft" }, say("reference_label"));
    const reference = make("p", { class: "reference", dir: "ltr" }, said.reference);
    const text = make("p", {}, say("keep_open"));
    const box = make("div", { class: "before" }, label, reference);
    document.querySelector("main").replaceChildren(title, box, text, ...shown);
    document.querySelector("nav")?.remove();
    document.querySelector(".skip")?.remove();
    document.title = `${say("title")} · ${document.querySelector(".clinic").textContent}`;
    scrollTo(0, 0);
    title.focus();
  };
  const at = { sign: `${pathname}/sign`, reference: said.reference, finish, show };
  await begin(at, files);
}

// Nothing is typed into a page that is about to be replaced.
function hold(form, is) {
  busy = form.inert = is;
  for (const each of form.querySelectorAll("button")) each.setAttribute("aria-disabled", is);
  by("told").textContent = is ? say("wait") : "";
}

async function submitted(event) {
  event.preventDefault();
  if (busy || leaving) return;
  const form = event.target;
  hold(form, true);
  try {
    if (event.submitter?.name === "_more") await more(form, event.submitter);
    else await send(form);
  } catch {
    complain(say("not_sent"), say("not_sent_text"));
  }
  if (by("form") && !leaving) hold(by("form"), false);
}

// ---- The sender's own page

function add(form) {
  const given = { type: "file", id: "add.file", multiple: "" };
  const label = make("label", { for: "add.file" }, say("choose"));
  const send = form.querySelector("button");
  send.before(make("div", { class: "q" }, label, make("input", given)));
  send.textContent = say("send_files");
  const input = by("add.file");
  watch(input);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const slot = form.elements.requirement;
    const empty = slot.value ? !input.files.length && input : slot;
    if (empty) {
      empty.focus();
      return;
    }
    const under = slot.selectedOptions?.[0]?.textContent.trim();
    const files = filesOf(input).map((file) => ({ file, slot: slot.value, under }));
    const show = (...shown) => form.after(...shown);
    keep(input, []);
    const sign = new URL(form.dataset.sign, location).pathname;
    begin({ sign, finish: () => location.reload(), show }, files);
    place.status.focus();
  });
}

// ---- Beginning

function enliven() {
  words = JSON.parse(by("words").textContent);
  const form = by("form") ?? by("add");
  if (!form) return;
  form.after(make("p", { id: "told", role: "status" }));
  if (form.id === "add") {
    add(form);
  } else {
    for (const input of inputs(form)) watch(input);
    form.addEventListener("submit", submitted);
  }
}

addEventListener("beforeunload", (event) => {
  if (!leaving && (reading || items.some((each) => each.state !== "sent"))) event.preventDefault();
});
// A browser would open what is dropped, in place of all that was typed.
for (const type of ["dragover", "drop"]) {
  addEventListener(type, async (event) => {
    event.preventDefault();
    const { dataTransfer, target } = event;
    const input = target.closest?.("fieldset, #add")?.querySelector("input[type=file]");
    dataTransfer.dropEffect = input ? "copy" : "none";
    if (type === "dragover" || !input) return;
    // Gone when this function first waits.
    const entries = [...dataTransfer.items].map((item) => item.webkitGetAsEntry());
    const found = [];
    for (const entry of entries) if (entry) await walk(entry, found).catch(() => {});
    gather(input, found);
  });
}
// Back from where the form led to: what was sent is not to be sent again.
addEventListener("pageshow", (event) => {
  if (event.persisted && leaving) location.reload();
});
// A phone that was put away, or without a net, goes on by itself.
for (const back of ["online", "visibilitychange"]) {
  addEventListener(back, () => {
    const lost = among(items, "failed").filter((each) => each.lost);
    if (document.hidden || !lost.length) return;
    for (const each of lost) each.become("waiting");
    pump();
  });
}

// What can't do this is too old: it keeps the plain form.
new DataTransfer();
enliven();
document.documentElement.classList.add("living");
