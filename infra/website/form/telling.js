// What is said of chosen files before a byte is sent. Hints alone: the server looks for itself.

import { given } from "./answers.js";
import { filesOf, inputs as inputsOf, known, nameOf, slotOf } from "./files.js";
import { differs } from "./naming.js";
import { make, MANY, write } from "./words.js";

// The studies in *files*, and the other kinds.
function sum(files) {
  const studies = {};
  const kinds = new Set();
  let written = false;
  for (const file of files) {
    const { kind, dicom } = known(file).look ?? {};
    if (kind) kinds.add(kind);
    if (/pdf|jpeg|png|tiff|heic/.test(kind)) written = true;
    if (!dicom) continue;
    const study = (studies[dicom.study] ??= { ...dicom, images: 0 });
    study.images += dicom.images;
    study.studyDate ||= dicom.studyDate;
    study.bodyPart ||= dicom.bodyPart;
    // DICOM's codes for what the form calls an X-ray.
    if (dicom.images) study.modality = dicom.modality.replace(/^(CR|D[XR]|R[GF])$/, "XR");
    else if (/SR|DOC/.test(dicom.modality)) written = true;
  }
  return { studies: Object.values(studies), kinds: [...kinds], written };
}

// A line below *under*, drawn once.
function line(under, name, text) {
  let shown = under.querySelector(`.${name}`);
  if (!shown) {
    shown = make(`p.notice.${name}`, { role: "status" });
    under.append(shown);
  }
  shown.hidden = !text;
  write(shown, text);
}

// What the pictures say is put where nobody wrote anything, and goes with them as long as nobody
// changes it.
function fillIn(input, studies) {
  const at = (name) => input.form.elements[input.name.replace(/file$/, name)];
  const images = studies.filter((study) => study.images);
  const newest = images.map((study) => study.studyDate).sort().pop() ?? "";
  const put = (names, values) => {
    const controls = names.map(at);
    const isOurs = (each) => each && (given(each) || "") === (known(each).put ?? "");
    if (!controls.every(isOurs)) return false;
    controls.forEach((each, n) => {
      if (each.type === "checkbox") each.checked = values[n];
      else each.value = values[n] ?? "";
      known(each).put = given(each) || "";
    });
    return controls.some(given);
  };
  const boxes = ["year", "month", "day"].map((box) => `document_date.${box}`);
  return [
    put(boxes, newest.split("-")),
    put(["modality"], [images[0]?.modality]),
    put(["is_images"], [images.length > 0]),
  ].some(Boolean);
}

// Say anew of all cards what is known by now; *draw* shows it.
export function tell(view, form, draw) {
  const inputs = inputsOf(form);
  const place = form.querySelector("[data-records]");
  const { slots, modality, part } = JSON.parse(place?.dataset.records ?? '{"slots":{}}');
  const typed = (name) => form.elements[`patient.${name}`]?.value ?? "";
  const names = `${typed("full_name")} ${typed("name_latin")}`;
  const box = (name) => typed(`date_of_birth.${name}`).padStart(2, "0");
  const born = box("day") > 0 && `${box("year")}-${box("month")}-${box("day")}`;
  const written = { dateStyle: "medium", timeZone: "UTC" };
  const day = (iso) => new Date(iso).toLocaleDateString(view.locale, written);
  let other = "";

  // Of one line of a list: what it is, and what to think about.
  const about = (input, files) => {
    const { studies, kinds } = sum(files);
    const { days, takes } = slots[slotOf(input)] ?? {};
    const doubts = new Set();
    const what = studies.map((study) => {
      const most = days?.[study.modality] ?? days?.[""];
      // This clock may be a day ahead, and the scanner's in another zone.
      if (Date.now() - new Date(study.studyDate) > (most + 2) * 864e5) {
        doubts.add(view.say("stale", { days: most }));
      }
      if (differs(names, born, study)) doubts.add((other = view.say("other_person")));
      const said = [
        modality?.[study.modality],
        part?.[study.bodyPart],
        study.images && view.say("images", { count: study.images }),
        study.studyDate && day(study.studyDate),
      ];
      return said.filter(Boolean).join(" · ") || "DICOM";
    });
    if (kinds.some((kind) => takes?.includes(kind) === false)) doubts.add(view.say("odd_kind"));
    const { mark } = known(files[0]);
    const there = inputs.find(
      (each) => mark && each !== input && filesOf(each).some((file) => known(file).mark === mark),
    );
    if (there) doubts.add(view.say("elsewhere", { card: nameOf(there) }));
    const rest = kinds.filter((kind) => !what.length || kind !== "dicom");
    if (rest.length) what.push(rest.join(", ").toUpperCase());
    return [what.slice(-MANY), [...doubts]];
  };

  // Images and what somebody wrote about them are one record; who knows what is packed.
  const lacking = (slot, { studies, kinds, written }) => {
    const images = studies.some((study) => study.images);
    const isPacked = kinds.some((kind) => /zip|iso/.test(kind));
    if (!slots[slot]?.both || isPacked || images === written) return "";
    return view.say(images ? "report_missing" : "images_missing");
  };

  for (const input of inputs) {
    const all = sum(filesOf(input));
    const isFilled = fillIn(input, all.studies);
    const hints = [lacking(slotOf(input), all), isFilled && view.say("filled_in")];
    draw(input, (files) => about(input, files), hints.filter(Boolean));
  }
  // Who they are is asked after the records.
  const name = form.elements["patient.full_name"]?.closest(".q");
  if (name) line(name, "other", other);
  const needed = inputs.filter((input) => slots[slotOf(input)]?.needed);
  if (!needed.length) return;
  const missing = needed.filter((input) => !filesOf(input).length);
  const isLater = (input) =>
    [...input.closest("fieldset").querySelectorAll('[name$=".reason"]')].some(given);
  const named = (some) => some.map(nameOf).join(" · ");
  const [never, later] = [false, true].map((is) => named(missing.filter((each) => isLater(each) === is)));
  const text = [
    view.say("needed", { done: needed.length - missing.length, all: needed.length }),
    never && view.say("still_missing", { names: never }),
    later && view.say("not_now", { names: later }),
  ];
  line(place, "needs", text.filter(Boolean).join(" "));
}
