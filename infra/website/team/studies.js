// The imaging studies of a case at a glance: what was examined, how many images, when.

import { el, theirs } from "./elements.js";
import { day, say } from "./words.js";

const COLUMNS = ["study", "images", "date", "size", "files", "ready", "description"];

/** Return the table of the studies. A phone shows each row as lines, so every part has its role. */
export function studies(all) {
  if (!all.length) return null;
  const heads = COLUMNS.map((each) => el("th", { scope: "col", role: "columnheader" }, say(`case.columns.${each}`)));
  return el(
    "table",
    { class: "studies", role: "table" },
    el("caption", {}, el("strong", {}, say("case.studies")), el("span", { class: "soft small" }, " ", say("case.studies_source"))),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads)),
    el("tbody", { role: "rowgroup" }, all.map(study)),
  );
}

function study({ modality, bodyPart, description, imagesText, othersText, date, sizeText, filesText, ready, readyText, doubtText }) {
  const name = [modality, bodyPart].filter(Boolean).join(" · ") || say("case.not_stated");
  return el(
    "tr",
    { role: "row" },
    el("th", { scope: "row", role: "rowheader" }, theirs(name)),
    cell(imagesText, othersText && el("span", { class: "soft small" }, " ", othersText)),
    cell(date ? day(date) : el("span", { class: "soft" }, say("case.not_stated"))),
    cell(sizeText),
    cell(filesText),
    cell(el("span", { class: "state", "data-state": ready }, readyText), doubtText && el("div", { class: "bad small" }, doubtText)),
    cell(description && el("span", { class: "soft" }, theirs(description))),
  );
}

function cell(...content) {
  return el("td", { role: "cell" }, content);
}
