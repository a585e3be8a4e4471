// What is said of chosen files before a byte is sent. Hints alone: the server looks for itself.

import { filled as isFilledIn, given, isTick } from "./answers.js";
import { beside, filesOf, inputs as inputsOf, nameOf, slotOf } from "./files.js";
import { dateOf } from "./mending.js";
import { differs } from "./naming.js";
import { MANY, write } from "./words.js";

// The studies in *files*, and the other kinds.
function sum(files) {
  const studies = {};
  const kinds = new Set();
  let written = false;
  for (const file of files) {
    const { kind, dicom } = file.look ?? {};
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

// What the pictures say is put where nobody wrote anything, and goes with them as long as nobody
// changes it.
function fillIn(view, input, studies) {
  // By slot, as what is drawn anew in another language has other controls.
  const filled = ((view.filled ??= {})[slotOf(input)] ??= {});
  const images = studies.filter((study) => study.images);
  const newest = images.map((study) => study.studyDate).sort().pop() ?? "";
  const put = (names, values) => {
    const controls = names.map((name) => beside(input, name));
    const isOurs = (each, n) => each && given(each) === (filled[names[n]] ?? "");
    if (!controls.every(isOurs)) return false;
    controls.forEach((each, n) => {
      if (isTick(each)) each.checked = values[n];
      else each.value = values[n] ?? "";
      filled[names[n]] = given(each);
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
  const patient = `${typed("full_name")} ${typed("name_latin")}`;
  const birth = form.elements["patient.date_of_birth.day"]?.closest(".q");
  const born = birth && dateOf(birth);
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
      if (differs(patient, born, study)) doubts.add((other = view.say("other_person")));
      const said = [
        modality?.[study.modality],
        part?.[study.bodyPart],
        study.images && view.say("images", { count: study.images }),
        study.studyDate && view.day(`${study.studyDate}T00:00`, "medium"),
      ];
      return said.filter(Boolean).join(" · ") || "DICOM";
    });
    if (kinds.some((kind) => takes && !takes.includes(kind))) doubts.add(view.say("odd_kind"));
    const { mark } = files[0];
    const there = inputs.find(
      (each) => mark && each !== input && filesOf(each).some((file) => file.mark === mark),
    );
    if (there) doubts.add(view.say("elsewhere", { card: nameOf(there) }));
    const rest = kinds.filter((kind) => !what[0] || kind !== "dicom");
    if (rest[0]) what.push(rest.join(", ").toUpperCase());
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
    const isFilled = fillIn(view, input, all.studies);
    const hints = [lacking(slotOf(input), all), isFilled && view.say("filled_in")];
    draw(input, (files) => about(input, files), hints.filter(Boolean));
  }
  const put = (id, text) => {
    const at = view.by(id);
    if (!at) return;
    at.hidden = !text;
    write(at, text);
  };
  // Who they are is asked after the records.
  put("other", other);
  const needed = inputs.filter((input) => slots[slotOf(input)]?.needed);
  if (!needed[0]) return;
  const missing = needed.filter((input) => !filesOf(input).length);
  const isLater = (input) => isFilledIn(input.closest("fieldset").querySelector("details") ?? input);
  const names = (later) => missing.filter((each) => isLater(each) === later).map(nameOf).join(" · ");
  const [never, later] = [names(false), names(true)];
  const text = [
    view.say("needed", { done: needed.length - missing.length, all: needed.length }),
    never && view.say("still_missing", { names: never }),
    later && view.say("not_now", { names: later }),
  ];
  put("needs", text.filter(Boolean).join(" "));
}
