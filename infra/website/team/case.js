// One case, most important first: who and by when, in short, what to check, the records.

import { actionButton } from "./actions.js";
import { board } from "./board.js";
import { button, el, theirs } from "./elements.js";
import { countdown } from "./frame.js";
import { languageName, moment, number, say, sayIfKnown } from "./words.js";

/** Show a case. `work` is what its buttons need: api, frame, name, revision, show, changed. */
export function showCase(work, seen) {
  work.frame.show(
    `${seen.reference} · ${seen.form.title}`,
    el(
      "article",
      { class: "case" },
      head(work, seen),
      seen.quarantine && keptAside(seen.quarantine),
      seen.changes.length > 0 && changed(seen),
      seen.addressProblem && noMail(seen),
      el(
        "div",
        { class: "pair" },
        lines("short", seen.short.map((line) => theirs(line, { dir: "auto" })), "case.nothing_short"),
        lines("check", seen.check.map(flag), "case.nothing_check"),
      ),
      board(work, seen),
      answers(seen.answers),
      letters(work, seen),
      el("div", { class: "pair" }, log("history", seen.history), log("access", seen.access)),
    ),
  );
}

function head(work, { reference, form, received, answerBy, answered, withdrawn, quarantine, language, addressConfirmed, addressProblem, can }) {
  const isKeptAside = quarantine && quarantine.decided !== "released";
  const speaks = [languageName(language?.preferred), sayIfKnown(`case.interpreter.${language?.interpreter}`)];
  const works = addressConfirmed ? "case.confirmed" : "case.unconfirmed";
  const address = addressProblem ? `case.no_mail.short.${addressProblem.kind}` : works;
  const facts = [
    [say("case.form"), form.title],
    [say("received"), moment(received)],
    withdrawn
      ? [say("answer_due"), say("case.withdrawn")]
      : answered
      ? [say("case.answered"), moment(answered)]
      : [say("answer_due"), isKeptAside ? say("case.no_date") : [moment(answerBy), " ", countdown(answerBy)]],
    [say("case.language"), speaks.filter(Boolean).join(", ")],
    [say("case.address"), say(address)],
  ];
  const title = el("h1", { class: "reference" }, reference);
  return el(
    "header",
    { class: "head" },
    el("div", { class: "title" }, title, copier(work, reference)),
    el("dl", {}, facts.filter(([, value]) => value?.length).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    el("div", { class: "buttons" }, can.map((action, n) => actionButton(work, action, { main: n === 0 }))),
  );
}

function copier({ frame }, reference) {
  const copy = async () => {
    const done = await navigator.clipboard.writeText(reference).then(() => true, () => false);
    frame.tell(say(done ? "case.copied" : "case.not_copied"), done ? "good" : "bad");
  };
  return button(say("case.copy"), copy, { class: "second", "aria-label": say("case.copy_reference") });
}

function keptAside({ since, decided }) {
  const key = decided ?? "waiting";
  return el("p", { class: "notice", "data-kind": decided === "released" ? "" : "bad" }, say(`case.quarantine.${key}`, { since: moment(since) }));
}

/** Say that the sender does not get our mail, and how else they can be reached. */
function noMail({ addressProblem: { kind, at, channel, phone }, can }) {
  const said = say(`case.no_mail.${kind}`, { since: moment(at) });
  const how = channel ? "as_asked" : phone ? "phone" : "nothing";
  const reach = say(`case.no_mail.reach.${how}`, { channel });
  // Without a number nothing is left but to search, and in the end to close the case.
  const then = phone ? theirs(phone) : can.includes("answered") && say("case.no_mail.advice");
  return el("p", { class: "notice", "data-kind": "bad", id: "no-mail" }, el("strong", {}, said), " ", reach, then && [" ", then]);
}

/** Say what the sender changed since, before anybody decides on the answers as they were sent. */
function changed({ changes }) {
  const line = ({ at, kind, text }) =>
    el("li", { class: kind === "withdrawn" && "bad" }, theirs(text, { dir: "auto", class: "exact" }), el("span", { class: "soft" }, ` · ${moment(at)}`));
  return el(
    "section",
    { class: "notice", id: "changed", "aria-labelledby": "changed-title" },
    el("h2", { id: "changed-title" }, say("case.changes")),
    el("ul", {}, changes.map(line)),
  );
}

function lines(key, items, nothing) {
  return el(
    "section",
    { class: `box ${key}`, "aria-labelledby": key },
    el("h2", { id: key }, say(`case.${key}`), items.length > 0 && key === "check" && el("small", {}, " ", number(items.length))),
    items.length ? el("ul", {}, items.map((item) => el("li", {}, item))) : el("p", { class: "soft" }, say(nothing)),
  );
}

function flag({ text, source }) {
  return [text, source && el("span", { class: "soft" }, ` (${source})`)];
}

function answers(sections) {
  return el(
    "section",
    { class: "answers", "aria-labelledby": "answers" },
    el("h2", { id: "answers" }, say("case.answers")),
    el("div", { class: "columns" }, sections.map(({ title, rows }) => el("div", { class: "group" }, el("h3", {}, title), el("dl", {}, rows.map(answer))))),
  );
}

function answer({ label, value }) {
  return el("div", {}, el("dt", {}, label), el("dd", {}, theirs(value, { dir: "auto" })));
}

function letters(work, { letters: sent }) {
  const row = ({ kind, kindText, state, stateText, at, can }) =>
    el(
      "li",
      {},
      el("div", { class: "what" }, el("strong", {}, kindText), " · ", el("span", { class: "state", "data-state": state }, stateText), at && el("span", { class: "soft" }, ` · ${moment(at)}`)),
      can.length > 0 && bouncedAtTeam(kind, state) && el("span", { class: "soft" }, say("case.same_address")),
      el("div", { class: "buttons" }, can.map((action) => actionButton(work, action, { does: { letter: kind }, about: kindText }))),
    );
  return el(
    "section",
    { class: "letters", "aria-labelledby": "letters" },
    el("h2", { id: "letters" }, say("case.letters")),
    sent.length ? el("ul", { class: "files" }, sent.map(row)) : el("p", { class: "soft" }, say("case.no_letters")),
  );
}

function bouncedAtTeam(kind, state) {
  return kind.startsWith("team_") && state === "bounced";
}

function log(key, entries) {
  const entry = ({ at, who, text }) => el("li", {}, el("span", { class: "soft" }, moment(at)), " ", theirs(text), who && [" · ", theirs(who)]);
  return el(
    "details",
    { class: key },
    el("summary", {}, el("h2", {}, say(`case.${key}`), el("small", {}, " ", number(entries.length)))),
    entries.length ? el("ol", {}, entries.map(entry)) : el("p", { class: "soft" }, say("case.no_entries")),
  );
}
