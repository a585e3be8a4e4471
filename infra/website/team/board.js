// The records board: what the form asks for, how it stands, and what became of each file.

import { actionButton } from "./actions.js";
import { el, theirs } from "./elements.js";
import { files } from "./files.js";
import { studies } from "./studies.js";
import { waiver } from "./waive.js";
import { day, moment, say, sayIfKnown } from "./words.js";

/** Return the board of a case: its studies, a row for each requirement, then the other files. */
export function board(work, seen) {
  const { completeness, requirements, otherFiles } = seen;
  const rest = otherFiles.length > 0 && [el("h3", {}, say("case.other_files")), files(work, otherFiles)];
  return el(
    "section",
    { class: "records", "aria-labelledby": "records" },
    el(
      "h2",
      { id: "records" },
      say("case.records"),
      completeness.total > 0 && [" ", el("small", {}, say("case.complete", completeness))],
    ),
    studies(seen.studies),
    requirements.length + otherFiles.length === 0 && el("p", { class: "soft" }, say("case.no_records")),
    requirements.length > 0 && el("ul", { class: "board" }, requirements.map((each) => requirement(work, each))),
    rest,
  );
}

function requirement(work, seen) {
  const needed = sayIfKnown(`case.needs.${seen.need}`);
  const waive = seen.can.includes("waive") && waiver(work, seen);
  const unwaive =
    seen.can.includes("unwaive") &&
    actionButton(work, "unwaive", { does: { requirement: seen.kind }, about: seen.name });
  const buttons = (waive || unwaive) && el("div", { class: "buttons" }, waive ? waive.button : unwaive);
  const came = seen.files.length > 0;
  return el(
    "li",
    {},
    el(
      "div",
      {},
      el("strong", {}, seen.name),
      needed && el("span", { class: "soft" }, " ", needed),
      seen.windowText && el("div", { class: "soft small" }, seen.windowText),
    ),
    standing(seen, came && buttons),
    came ? files(work, seen.files) : buttons,
    waive && waive.form,
  );
}

/** Say how a requirement stands, since when, and what to know of it. */
function standing({ state, stateText, date, dateSourceText, expectedBy, atAcceptance, notes, waived }, buttons) {
  return el(
    "div",
    {},
    el("span", { class: "state", "data-state": state }, stateText),
    date && el("div", { class: "small" }, el("span", { class: "day" }, day(date)), dateSourceText && el("span", { class: "soft" }, `, ${dateSourceText}`)),
    expectedBy && el("div", { class: "small" }, say("case.expected_by", { date: day(expectedBy) })),
    waived && el("div", { class: "small" }, theirs(say("case.waived", { ...waived, who: waived.by, at: moment(waived.at) }), { dir: "auto" })),
    notes.length > 0 && el("ul", { class: "notes small" }, notes.map(({ text, bad }) => el("li", { "data-bad": bad }, text))),
    atAcceptance && el("div", { class: "soft small" }, atAcceptance.text),
    buttons,
  );
}
