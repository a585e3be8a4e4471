// Whether scans can be of the patient on the form. Looser than the server's check, so that this
// finds a difference only where that does: vowels are left out, as they are spelled in many ways.

const SCRIPTS = [/[a-z]{2,}/g, /[ก-๛]{2,}/g];

const folded = (name) =>
  name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\b(m[rs]s?|miss|dr|prof)\b|[aeiouy\u0300-\u036f]/g, "");

export function differs(names, born, { patientName, birthDate }) {
  if (born && birthDate && !birthDate.startsWith(born)) return true;
  const [typed, scanned] = [folded(names), folded(patientName)];
  // A word of one is in the other, even if that is written in one piece.
  const share = (one, other, script) =>
    one.match(script).some((word) => other.replace(/[^a-zก-๛]/g, "").includes(word));
  const both = SCRIPTS.filter((script) => typed.match(script) && scanned.match(script));
  return (
    !/nnym|nknwn|ddntf|nbd|nnm/.test(scanned) &&
    !!both[0] &&
    !both.some((script) => share(typed, scanned, script) || share(scanned, typed, script))
  );
}
