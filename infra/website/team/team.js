// The team's page: who is there, where they want to go, and which keys they press.

import { reason } from "./actions.js";
import { Api, Refusal } from "./api.js";
import { showCase } from "./case.js";
import { button, el } from "./elements.js";
import { Frame } from "./frame.js";
import { Session } from "./session.js";
import { given, say } from "./words.js";
import { keys, showWorklist, walk } from "./worklist.js";

// A name in an address: a reference, an id, a form. Anything else we need not ask about.
const NAME = /^[A-Za-z0-9-]{1,64}$/;

const session = new Session(given);
const frame = new Frame(() => session.signOut());
const api = new Api(session, signInAgain);
let asked = 0;
let signedIn = false;
// The form that was looked at last: its worklist is the one to go back to.
let lastForm = "";

/** Return what the address after "#" wants: {name} of a case, or {form, list} of the worklist. */
function wished() {
  const hash = location.hash.slice(1);
  if (hash && !hash.startsWith("/")) return { name: hash };
  const [, form = "", list = ""] = hash.split("/");
  return { form: NAME.test(form) ? form : lastForm, list: list === "quarantine" ? list : "open" };
}

/** Show what the address wants, unless it wants something else by the time that is here. */
async function go() {
  const { name, ...list } = wished();
  const mine = (asked += 1);
  const isLate = () => mine !== asked;
  frame.wait();
  try {
    if (name && !NAME.test(name)) throw new Refusal(404);
    const found = await (name ? api.open(name) : api.cases(list));
    if (isLate()) return undefined;
    return name ? show(name, found) : showList(found);
  } catch (error) {
    if (isLate()) return undefined;
    if (error.status === 401) return signedOut("not_accepted");
    const again = button(say("again"), go, { class: "main" });
    const back = el("a", { href: "#" }, say("to_worklist"));
    frame.trouble(error instanceof Refusal ? reason(error) : "unavailable", error.status === 404 ? [] : again, name && back);
    if (!(error instanceof Refusal)) throw error;
    return undefined;
  }
}

function welcome({ name, role }) {
  // Some are called what they are.
  const said = new Set([session.name || name, role && say(`roles.${role}`)].filter(Boolean));
  frame.welcome([...said].join(" · "));
}

function showList(page) {
  welcome(page.who);
  lastForm = page.form ?? "";
  showWorklist({ api, frame }, page);
}

function show(name, seen, message = "") {
  welcome(seen.who);
  const work = {
    api,
    frame,
    name,
    revision: seen.revision,
    // Whoever went elsewhere meanwhile stays there.
    show: (after, done) => wished().name === name && show(name, after, done),
    changed: async () => {
      await go();
      frame.tell(say("trouble.changed.text"), "bad");
    },
  };
  lastForm = seen.form.name;
  showCase(work, seen);
  frame.tell(message, "good");
}

/** Show the one button that leads to the sign-in, and why it is there. */
function signedOut(key) {
  const signIn = async () => {
    try {
      await session.signIn();
    } catch {
      signedOut("no_sign_in");
    }
  };
  const name = wished().name;
  const where = name && NAME.test(name) && el("p", {}, say("sign_in.leads_to", { reference: name }));
  const title = say(`sign_in.${key}.title`);
  frame.tell("");
  frame.show(
    title,
    el("section", { class: "message" }, el("h1", {}, title), where, el("p", {}, say(`sign_in.${key}.text`)), el("p", {}, button(say("sign_in.button"), signIn, { class: "main" }))),
  );
}

/** Go to the sign-in because there is no good token. Never comes back, or throws. */
async function signInAgain() {
  if (session.isYoung) {
    session.forget();
    throw new Refusal(401);
  }
  await session.signIn().catch(() => {
    throw new Refusal(0);
  });
}

function pressed(event) {
  const typing = event.target.closest("input, textarea, select, dialog, [contenteditable]");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || !signedIn || !keys.areOn()) return;
  const does = { j: () => walk(1), k: () => walk(-1), "/": () => frame.search() }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

/** Print what is folded too, but for the hundreds of images of a study. */
function unfold() {
  for (const folded of document.querySelectorAll("details:not(.many)")) folded.open = true;
}

async function start() {
  const back = await session.comeBack();
  if (back === "no" && !session.mayGoByItself) return signedOut("first");
  if (back === "failed") return signedOut("failed");
  if (back === "no") return session.signIn().catch(() => signedOut("no_sign_in"));
  signedIn = true;
  frame.welcome(session.name);
  addEventListener("hashchange", go);
  addEventListener("keydown", pressed);
  addEventListener("beforeprint", unfold);
  return go();
}

await start();
