// Sending what was typed, and what comes back: the server's page, a fault, or the place for files.

import { ask, call, Fault, json, JSON_TYPE, post } from "./ask.js";
import { controls, given, putBack, typedPairs } from "./answers.js";
import { gathered, keep } from "./choosing.js";
import { follow } from "./conditions.js";
import { beside, filesOf, inputs, nameOf, slotOf } from "./files.js";
import { change } from "./groups.js";
import { make } from "./words.js";

// What was typed, without files: they go later, and the server only learns which records have some.
function typed(form) {
  const data = new FormData(form);
  const some = inputs(form).filter((input) => input.files.length);
  for (const { name } of inputs(form)) data.delete(name);
  data.set("_files", some.map(({ name }) => name).join(" "));
  return data;
}

// All chosen files, and the records of the answer that their cards became: the server leaves out
// cards that nobody filled in.
function chosenFiles(form, records) {
  return inputs(form).flatMap((input) => {
    const slot = slotOf(input);
    const path = input.name.replace(/file$/, "");
    const isFilled = controls(form).some((each) => each.name.startsWith(path) && given(each));
    const record = isFilled ? records.find(({ requirement }) => requirement === slot) : undefined;
    // Each is one card's.
    delete record?.requirement;
    const under = beside(input, "requirement").selectedOptions?.[0].text ?? nameOf(input);
    return filesOf(input).map((file) => ({ file, slot, record: record?.n, under }));
  });
}

// Take back what was said to be wrong.
export function calm(view) {
  view.find(".summary")?.remove();
  view.title((title, prefix) => title.replace(prefix, ""));
}

export function complain(view, title, text, lines = [], more) {
  calm(view);
  const id = `${view.prefix}summary-title`;
  const given = { role: "alert", tabindex: -1, "aria-labelledby": id };
  const inside = [make("h2", { id }, title), make("p", text), make("ul", ...lines), more];
  const box = make("div.summary", given, ...inside);
  view.main.prepend(box);
  view.title((old, prefix) => prefix + old);
  box.focus();
}

export function goTo(view, target) {
  view.steps?.reveal(target);
  target.scrollIntoView();
  target.focus();
}

// The form's page, as the server draws it.
export async function load(method, url, body) {
  const headers = { Accept: "text/html" };
  // Read by the browser: a page may forbid its scripts to make markup of text.
  const { response } = await ask(method, url, { body, headers, as: "document" });
  if (response?.querySelector("form#form")) return response;
  throw new Fault();
}

// Take what the server draws in place of this page, with the files that were chosen.
async function redraw(view, form, focus, extra, query = "") {
  const body = typed(form);
  for (const name in extra) body.set(name, extra[name]);
  const page = await load(extra ? "POST" : "GET", form.action + query, body);
  const files = inputs(form).map((input) => [slotOf(input), filesOf(input)]);
  // The server was not sent what is hidden now.
  const hidden = [...form.querySelectorAll("[data-if][hidden]")].flatMap(typedPairs);
  view.show(page);
  const drawn = view.by("form");
  putBack(drawn, hidden);
  for (const input of inputs(drawn)) {
    const found = files.find(([slot, held]) => held?.length && slot === slotOf(input));
    if (found) keep(view, input, found.pop());
  }
  goTo(view, view.find(focus) ?? drawn);
}

// What was typed goes along, and is stored nowhere.
export function translate(view, form, language) {
  const extra = typedPairs(form)[0] ? { _language: language, _more: "" } : undefined;
  return redraw(view, form, "nav a", extra, `?_language=${language}`);
}

async function send(view, form) {
  // The page's own key goes along each time: what did arrive is not taken twice.
  const given = { body: typed(form), headers: { Accept: JSON_TYPE } };
  const isFinal = (answer) => answer.status < 500 || json(answer);
  let said;
  try {
    said = json(await call("POST", form.action, given, isFinal));
  } catch (fault) {
    // The server's own page says it beside each field, and in the order of the page.
    if (fault.status === 422) return redraw(view, form, ".summary", {});
    said = fault.said;
  }
  if (!said) throw new Fault();
  if (!said.ok) return complain(view, said.error, said.message);
  view.forget();
  // It has arrived, whatever happens here: then its own page takes over.
  await arrived(view, form, said).catch(() => leave(view, said.next));
}

function leave(view, next) {
  view.leaving = true;
  location.assign(next);
}

async function arrived(view, form, { records = [], reference, upload, next }) {
  const files = chosenFiles(form, records);
  if (!files[0]) return leave(view, next);
  const place = view.here(upload.url);
  const finish = async () => {
    // A hint: without it the team's letter waits a little.
    await post(place, { do: "done" }).catch(() => {});
    leave(view, next);
  };
  const show = (...shown) => {
    const { content, dataset: { title } } = view.by("arrived");
    view.main.replaceChildren(content, ...shown);
    view.find(".reference").textContent = reference;
    for (const each of view.root.querySelectorAll("nav, .skip")) each.remove();
    view.title(() => title);
    goTo(view, view.find("h1"));
  };
  await view.uploads.begin({ sign: `${place}/sign`, reference, finish, show }, files);
}

// Nothing is typed into a page that is about to be replaced.
function hold(view, is) {
  const form = view.by("form");
  if (!form || view.leaving) return;
  form.inert = is;
  for (const each of form.querySelectorAll("button")) each.ariaDisabled = is;
  view.by("told").textContent = is ? view.say("wait") : "";
}

export async function during(view, work) {
  if (view.leaving || view.by("form").inert) return;
  hold(view, true);
  try {
    await gathered();
    await work();
  } catch {
    complain(view, view.say("not_sent"), view.say("not_sent_text"));
  }
  hold(view, false);
}

export function submitted(view, form, pressed) {
  const isMore = pressed?.name === "_more";
  const here = isMore && change(form, pressed.value);
  if (here) {
    follow(form);
    here.focus();
  } else during(view, () => (isMore ? more(view, form, pressed) : send(view, form)));
}

// What only the server can add: a card for a record.
function more(view, form, { formAction, value }) {
  const id = view.prefix + new URL(formAction).hash.slice(1);
  return redraw(view, form, `#${CSS.escape(id)}`, { _more: value });
}
