// What a file says of itself, read on this device before a byte is sent, and told to nobody else.
// The server's inspection decides: where that may differ, this says nothing.

// Few headers are longer than the first, and none is followed beyond the second.
const ENOUGH = [2 ** 16, 2 ** 20];

// PS3.5, 7.1.2: some have a length of four bytes.
const EXPLICIT = /^[A-Z]{2}/;
const LONG = /^(O[BDFLVW]|S[QV]|U[CNRT])/;
const [MEDIA, SYNTAX, ROWS] = [0x20002, 0x20010, 0x280010];

const read = async (file, from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer());
const latin = (bytes) => new TextDecoder("latin1").decode(bytes);

// The elements before the pixels, by tag; none if more bytes may tell. No length is believed.
function elements(bytes, size) {
  const numbers = new DataView(bytes.buffer);
  const found = {};
  let [at, depth, before, implicit] = [132, 0, 0];
  // Each turn goes on by eight bytes or more.
  while (at + 8 <= bytes.length) {
    const group = numbers.getUint16(at, true);
    const tag = group * 2 ** 16 + numbers.getUint16(at + 2, true);
    const kind = latin(bytes.subarray(at + 4, at + 6));
    if (!depth) {
      // Tags ascend: what does not is no part of it.
      if (tag > ROWS || tag <= before) return found;
      before = tag;
      // The first element is to be believed about this, rather than the transfer syntax.
      if (group > 2) implicit ??= !EXPLICIT.test(kind);
    }
    let length = numbers.getUint32(at + 4, true);
    at += 8;
    if (!implicit && group < 0xfffe && EXPLICIT.test(kind)) {
      length = numbers.getUint16(at - 2, true);
      if (LONG.test(kind)) {
        length = numbers.getUint32(at, true);
        at += 4;
      }
    }
    // Items and sequences may end at a delimiter, which has no value.
    if (tag === 0xfffee00d || tag === 0xfffee0dd) depth -= 1;
    else if (length > 0xfffffffe) depth += 1;
    else {
      if (!depth) found[tag] = bytes.subarray(at, at + length);
      at += length;
    }
    // Big endian and deflated are left to the server.
    if (tag === SYNTAX && /\.2\.(2|1\.99)\W*$/.test(latin(found[tag]))) return {};
  }
  return at >= size && found;
}

// After the year *first*: machines write 1900 where no date is known.
function day(text, first) {
  const iso = text.replace(/^(\d{4})(\.?)(\d\d)\2(\d\d)$/, "$1-$3-$4");
  const then = new Date(iso);
  // Scanners keep their own zone's time; there is no 30 February.
  const real = /-/.test(iso) && iso > first && then <= Date.now() + 864e5;
  return real && then.toISOString().startsWith(iso) ? iso : "";
}

function said(found, writings) {
  const text = (tag) => latin(found[tag]).replace(/[\0\s]+/g, " ").trim();
  const modality = text(0x80060);
  let patientName = text(0x100010);
  if (/[^ -~]/.test(patientName)) {
    try {
      const writing = new TextDecoder(writings[text(0x80005)] ?? 0, { fatal: true });
      patientName = writing.decode(found[0x100010]).trim();
    } catch {
      patientName = "";
    }
  }
  // A film of ultrasound is one image, as doctors count. Reports and the like have none.
  const frames = (/^(CT|MR|PT)$/.test(modality) && +text(0x280008)) || 1;
  const isImage = /[^\0]/.test(latin(found[ROWS])) && !/^(SR|PR|KO|SEG|REG|DOC|RT)/.test(modality);
  return {
    modality,
    patientName,
    bodyPart: text(0x180015),
    // Study, series, acquisition, content: the first that is a date.
    studyDate: [32, 33, 34, 35].map((n) => day(text(0x80000 + n), "1950")).find(Boolean) ?? "",
    birthDate: day(text(0x100030), "1900-01-02"),
    study: text(0x20000d),
    images: isImage ? frames : 0,
  };
}

// *kinds* are patterns of a file's start, by what they show; *writings* the encodings that can be
// read, by DICOM's names.
export async function look(file, { kinds, writings }) {
  try {
    for (const enough of ENOUGH) {
      const bytes = await read(file, 0, enough);
      const start = latin(bytes);
      if (!start.startsWith("DICM", 128)) {
        // Some programs sort their keys, so that a bundle says last what it is.
        const text = start + latin(await read(file, -enough));
        const kind = Object.keys(kinds).find((each) => text.match(kinds[each]));
        return { kind: kind ?? (start.startsWith("CD001", 32769) ? "iso" : "unknown") };
      }
      const found = elements(bytes, file.size);
      if (!found) continue;
      if (/\.1\.3\.10\W*$/.test(latin(found[MEDIA]))) return { kind: "unknown" };
      return { kind: "dicom", dicom: found[SYNTAX] && said(found, writings) };
    }
    return { kind: "dicom" };
  } catch {
    // What can't be read fails later, and is told then.
    return {};
  }
}
