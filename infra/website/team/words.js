// The page's words and its way to write times: the reader's language, the clinic's zone.

const given = JSON.parse(document.getElementById("given").textContent);
// Day before month and a 24 hour clock: "11/12" must mean one day to every reader.
const locale = given.locale === "en" ? "en-GB" : given.locale;
// The common era everywhere: records from abroad are dated in it.
const common = { calendar: "gregory", numberingSystem: "latn" };
const plurals = new Intl.PluralRules(locale);
const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const PARTIAL = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/;
const TAG = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

export { given };

/** Return the text at a dotted key, with what stands for its {places}: numbers as written here. */
export function say(key, places = {}) {
  const text = key.split(".").reduce((node, part) => node?.[part], given.words);
  if (typeof text !== "string") throw new Error(`no words for ${key}`);
  const written = (value) => (typeof value === "number" ? number(value) : value);
  return text.replace(/\{(\w+)\}/g, (_, name) => written(places[name]));
}

/** Return the text at a key for so many, with its own words for one, two or a few of them. */
export function counted(key, count) {
  const own = sayIfKnown(`${key}_${plurals.select(count)}`, null, { count });
  return own ?? say(key, { count });
}

/** Return the text at a key, or what to say where there is none. */
export function sayIfKnown(key, otherwise = "", places = {}) {
  try {
    return say(key, places);
  } catch {
    return otherwise;
  }
}

/** Write a moment as in "Tue 24 Nov 17:00", with the year if it is another one than now. */
export function moment(iso) {
  const at = new Date(iso);
  if (!iso || Number.isNaN(at.getTime())) return "";
  const there = { ...common, timeZone: given.zone };
  const year = (day) => new Intl.DateTimeFormat("en", { ...there, year: "numeric" }).format(day);
  const shown = { ...there, weekday: "short", day: "numeric", month: "short" };
  if (year(at) !== year(new Date())) shown.year = "numeric";
  const day = new Intl.DateTimeFormat(locale, shown).format(at).replace(",", "");
  const clock = { ...there, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return `${day} ${new Intl.DateTimeFormat(locale, clock).format(at)}`;
}

/** Write a date of any precision: "24 Nov 2026", "Nov 2026" or "2026". What is no date stays. */
export function day(text) {
  const parts = PARTIAL.exec(text ?? "");
  if (!parts) return text ?? "";
  const [, year, month, date] = parts;
  const shown = { ...common, timeZone: "UTC", year: "numeric" };
  if (month) shown.month = "short";
  if (date) shown.day = "numeric";
  const at = new Date(Date.UTC(year, (month ?? 1) - 1, date ?? 1));
  return new Intl.DateTimeFormat(locale, shown).format(at);
}

/** Write how long it is until a moment: {over, text, soon}. */
export function remaining(iso, now = Date.now()) {
  const left = new Date(iso).getTime() - now;
  if (Number.isNaN(left)) return null;
  const time = duration(Math.abs(left));
  const over = left < 0;
  return { over, soon: !over && left < 4 * HOUR, text: say(over ? "overdue_by" : "left", { time }) };
}

function duration(length) {
  const units = [["day", Math.floor(length / DAY)], ["hour", Math.floor((length % DAY) / HOUR)]];
  if (length < 4 * HOUR) units.push(["minute", Math.floor((length % HOUR) / MINUTE)]);
  const said = units.filter(([, count]) => count > 0).map(([unit, count]) => amount(count, unit));
  return said.join(" ") || amount(1, "minute");
}

function amount(count, unit) {
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", numberingSystem: "latn" }).format(count);
}

/** Name a language by its tag; what is no tag is a name already. */
export function languageName(text) {
  if (!TAG.test(text ?? "")) return text ?? "";
  return new Intl.DisplayNames([locale], { type: "language" }).of(text) ?? text;
}

/** Write a number as the reader does. */
export function number(value) {
  return new Intl.NumberFormat(locale, { numberingSystem: "latn" }).format(value);
}
