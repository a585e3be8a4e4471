// One file on its way to the store, whole or in parts.

import { call, post } from "./ask.js";

// The server signs parts of this size, or of a 10,000th of the file.
const PART = 5 * 2 ** 20;
// Beyond this a file goes in parts, so that it can go on where it broke off.
const SINGLE = 8 * 2 ** 20;

// What the store says in XML, without the quotation marks of a tag.
const told = (xml, name) => xml.match(`<${name}>(?:"|&[#\\w]+;)?([\\w.~+/=-]*)`)?.[1] ?? "";

export async function upload(item, to, signal, moved) {
  const { file, slot, record, mark: key } = item;
  const { name, size, type } = file;
  const sign = (data) => post(to, data, signal);
  const about = { key, slot, record, name, size, type };
  if (size > SINGLE) return uploadParts(item, sign, about, signal, moved);
  // Before the answer, which may get lost on its way.
  item.asked = true;
  const place = await sign({ ...about, method: "PUT", contentType: "application/octet-stream" });
  const body = new FormData();
  for (const field in place.fields) body.append(field, place.fields[field]);
  body.append("file", file, "file");
  await call("POST", place.url, { body, signal, progress: moved });
}

async function uploadParts(item, sign, about, signal, moved) {
  const { file } = item;
  const begun = await sign({ ...about, method: "POST" });
  const { key, url, headers } = begun;
  let { uploadId } = begun;
  const there = {};
  if (uploadId) {
    const list = await sign({ method: "GET", key, uploadId });
    const { responseText } = await call("GET", list.url, { signal });
    for (const part of responseText.split("<Part>")) there[told(part, "PartNumber")] = part;
  } else {
    const { responseText } = await call("POST", url, { headers, signal });
    uploadId = told(responseText, "UploadId");
  }
  item.begun = { key, uploadId };
  const step = Math.max(PART, Math.ceil(file.size / 10_000));
  let parts = "";
  for (let from = 0, n = 1; from < file.size; from += step, n += 1) {
    const body = file.slice(from, from + step);
    let part = there[n] ?? "";
    if (+told(part, "Size") !== body.size) {
      const { url } = await sign({ ...item.begun, method: "PUT", partNumber: n });
      const progress = (sent) => moved(from + sent);
      const answer = await call("PUT", url, { body, signal, progress });
      part = `<ETag>${answer.getResponseHeader("ETag")}`;
    }
    moved(from + body.size);
    parts += `<Part><PartNumber>${n}</PartNumber><ETag>${told(part, "ETag")}</ETag></Part>`;
  }
  const whole = await sign({ ...item.begun, method: "POST" });
  const body = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
  await call("POST", whole.url, { body, headers: { "Content-Type": "application/xml" }, signal });
}

// Have what was removed dropped over there, too: else the clinic waits for it in vain.
export async function takeBack({ begun, asked, mark: key, slot, file }, to) {
  if (begun) await call("DELETE", (await post(to, { ...begun, method: "DELETE" })).url);
  else if (asked) await post(to.replace(/\/sign$/, ""), { do: "take_back", key, slot, size: file.size });
}
