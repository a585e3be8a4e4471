// Files: what each one is, whether it is safe to open, and whose it may be.

import { actionButton, reason } from "./actions.js";
import { Refusal } from "./api.js";
import { button, el, theirs } from "./elements.js";
import { day, say } from "./words.js";

const BETWEEN = " · ";
// What makes somebody think twice before a click; other results of the scan are only said.
const BAD_SCANS = ["harmful", "impossible"];

/** Return a list of files. What is said of many alike is said once, with all of them folded below. */
export function files(work, rows) {
  return el("ul", { class: "files" }, rows.map((each) => file(work, each)));
}

function file(work, seen) {
  const called = seen.members ? seen.filesText : say("case.file_n", { n: seen.n + 1 });
  const about = seen.name || called;
  return el(
    "li",
    {},
    el(
      "div",
      { class: "what" },
      head(seen, called),
      seen.labText && lab(seen),
      seen.reasonText && el("div", { class: "small" }, seen.reasonText),
      el("div", { class: "small" }, checks(seen)),
      seen.doubts.length > 0 && el("ul", { class: "notes small" }, seen.doubts.map((each) => el("li", { "data-bad": true }, each))),
    ),
    !seen.members && buttons(work, seen, called, about),
    seen.members && members(work, seen.members),
  );
}

function head({ state, stateText, kindText, declaredType, facts, sizeText, date, dateSourceText }, called) {
  const kind = kindText || (declaredType && say("case.declared", { type: declaredType }));
  const from = date && (dateSourceText ? `${day(date)} (${dateSourceText})` : day(date));
  const found = [called, kind, ...facts, sizeText, from].filter(Boolean).join(BETWEEN);
  return el("div", {}, el("span", { class: "state", "data-state": state }, stateText), el("span", {}, BETWEEN, theirs(found)));
}

/** Say how far a file was checked, whose it says that it is, and what its sender calls it. */
function checks({ scan, scanText, identity, identityText, notes, members: many, name }) {
  const said = [
    scanText && el("span", { class: BAD_SCANS.includes(scan) ? "bad" : "soft" }, scanText),
    identityText && el("span", { class: identity === "differs" ? "bad" : "soft" }, identityText),
    ...notes.map((each) => el("span", { class: "soft" }, each)),
    !many && name && el("span", { class: "name soft" }, theirs(name)),
  ].filter(Boolean);
  return said.map((each, n) => [n > 0 && BETWEEN, each]);
}

function lab({ labText, panels }) {
  const names = panels.length > 0 && theirs(say("case.panels", { names: panels.join(", ") }));
  return [names && el("div", {}, names), el("div", { class: "small soft" }, labText)];
}

/** Return many files one by one, made when somebody asks for them: a CD may hold a thousand. */
function members(work, all) {
  const list = el("ul", { class: "files members" });
  const fill = () => {
    if (list.childElementCount === 0) list.append(...all.map((each) => member(work, each)));
  };
  return el("details", { class: "many", ontoggle: fill }, el("summary", {}, say("case.members", { count: all.length })), list);
}

function member(work, seen) {
  const called = say("case.file_n", { n: seen.n + 1 });
  const facts = [called, seen.sizeText].filter(Boolean).join(BETWEEN);
  return el(
    "li",
    {},
    el("div", { class: "what" }, facts, seen.name && el("span", { class: "name soft small" }, " ", theirs(seen.name))),
    buttons(work, seen, called, seen.name || called),
  );
}

function buttons(work, seen, called, about) {
  const does = { file: seen.n };
  return el(
    "div",
    { class: "buttons" },
    seen.canOpen && opener(work, seen.n, called),
    seen.can.map((action) => actionButton(work, action, { does, about })),
  );
}

function opener(work, n, called) {
  const open = async () => {
    work.frame.tell(say("case.fetching"));
    try {
      const { url } = await work.api.openFile(work.name, n);
      follow(url);
      work.frame.tell(say("case.fetched"), "good");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      work.frame.tell(say(error.status === 404 ? "case.no_file" : `trouble.${reason(error)}.text`), "bad");
    }
  };
  return button(say("case.open_file"), open, { class: "main", "aria-label": `${say("case.open_file")}: ${called}` });
}

/** Follow a link to a file. It comes as a download, so this page stays. */
function follow(url) {
  if (!["https:", "http:"].includes(new URL(url).protocol)) throw new Refusal(0);
  el("a", { href: url, rel: "noreferrer" }).click();
}
