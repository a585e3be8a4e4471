// The records board: what the form asks for, what came, and what became of each file.

import { actionButton, reason } from "./actions.js";
import { Refusal } from "./api.js";
import { button, el, theirs } from "./elements.js";
import { day, say, sayIfKnown } from "./words.js";

/** Return the board of a case: a row for each requirement, then the files that belong to none. */
export function board(work, seen) {
  const { completeness, requirements, otherFiles } = seen;
  const rest = otherFiles.length > 0 && [
    el("h3", {}, say("case.other_files")),
    el("ul", { class: "files" }, otherFiles.map((each) => file(work, each))),
  ];
  return el(
    "section",
    { class: "records", "aria-labelledby": "records" },
    el(
      "h2",
      { id: "records" },
      say("case.records"),
      completeness.total > 0 && [" ", el("small", {}, say("case.complete", completeness))],
    ),
    requirements.length + otherFiles.length === 0 && el("p", { class: "soft" }, say("case.no_records")),
    requirements.length > 0 && el("ul", { class: "board" }, requirements.map((each) => requirement(work, each))),
    rest,
  );
}

function requirement(work, { name, need, state, stateText, date, files }) {
  const needed = sayIfKnown(`case.needs.${need}`);
  return el(
    "li",
    {},
    el("div", {}, el("strong", {}, name), needed && el("span", { class: "soft" }, " ", needed)),
    el("div", {}, el("span", { class: "state", "data-state": state }, stateText), date && [" ", el("span", { class: "soft day" }, day(date))]),
    files.length > 0 && el("ul", { class: "files" }, files.map((each) => file(work, each))),
  );
}

function file(work, seen) {
  const called = say("case.file_n", { n: seen.n + 1 });
  const facts = [called, seen.kindText || seen.declaredType, seen.sizeText, day(seen.date)].filter(Boolean).join(" · ");
  const does = { file: seen.n };
  return el(
    "li",
    {},
    el(
      "div",
      { class: "what" },
      el("span", { class: "state", "data-state": seen.state }, seen.stateText),
      el("span", {}, " · ", theirs(facts)),
      seen.name && el("div", { class: "name soft" }, theirs(seen.name)),
      seen.reasonText && el("div", { class: "reason" }, seen.reasonText),
    ),
    el(
      "div",
      { class: "buttons" },
      seen.canOpen && opener(work, seen.n, called),
      seen.can.map((action) => actionButton(work, action, { does, about: seen.name || called })),
    ),
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
