// A clinic's own page: chooses files, sends them by the README's snippet, says what became of it.
import { records } from "readme";

const given = new URLSearchParams(location.search);
const uppy = records(given.get("link"));
const meta = { slot: given.get("slot") };
const said = document.querySelector("output");

document.querySelector("input").addEventListener("change", (event) => {
  for (const data of event.target.files) {
    uppy.addFile({ name: data.name, type: data.type, data, meta });
  }
});

const does = {
  Send: () => uppy.upload(),
  "Try again": () => uppy.retryAll(),
  Remove: () => uppy.cancelAll(),
};
for (const [name, work] of Object.entries(does)) {
  const button = document.createElement("button");
  button.textContent = name;
  button.addEventListener("click", () => work());
  document.body.append(button);
}

uppy.on("upload-error", (_file, error) => {
  said.textContent = error.message;
});
uppy.on("complete", ({ successful }) => {
  if (successful.length > 0) said.textContent = `sent ${successful.length}`;
});
