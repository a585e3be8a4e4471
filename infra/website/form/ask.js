// Asking a server, again where that may help.

const TRIES = 3;
export const JSON_TYPE = "application/json";
// A connection without a byte for so long is dead.
const STALLED = 60_000;

// What came back instead of what was asked for: with no status, nothing did.
export class Fault {
  constructor(answer) {
    this.status = answer?.status;
    this.said = json(answer);
  }
}

export function json(answer) {
  try {
    const said = JSON.parse(answer.responseText);
    // Else it is the gateway's own.
    return (said.ok || said.error) && said;
  } catch {
    return null;
  }
}

// Not fetch, which can't tell how much of a file has gone.
export function ask(method, url, { body, headers, signal, progress, as = "" } = {}) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let timer;
    const stir = () => {
      clearTimeout(timer);
      timer = setTimeout(stop, STALLED);
    };
    request.open(method, url);
    request.responseType = as;
    for (const name in headers) request.setRequestHeader(name, headers[name]);
    if (progress) {
      request.upload.onprogress = ({ loaded }) => {
        stir();
        progress(loaded);
      };
    }
    request.onloadend = () => {
      clearTimeout(timer);
      if (request.status) done(request);
      else fail(new Fault());
    };
    signal?.throwIfAborted();
    if (signal) signal.onabort = stop;
    stir();
    request.send(body);
  });
}

const isRefusal = ({ status }) => status >= 300 && status < 500 && status !== 429;

// Again after a broken connection, a fault over there or too many at once; never after a refusal.
export async function call(method, url, given, isFinal = isRefusal) {
  for (let n = 1; ; n += 1) {
    const answer = await ask(method, url, given).catch(() => null);
    if (answer?.status < 300 && !answer.responseText.includes("<Error>")) return answer;
    const isOver = n === TRIES || (answer && isFinal(answer));
    if (isOver || given?.signal?.aborted) throw new Fault(answer);
    await new Promise((done) => setTimeout(done, 800 * 3 ** (n - 1)));
  }
}

export async function post(url, data, signal) {
  const headers = { "Content-Type": JSON_TYPE, Accept: JSON_TYPE };
  const answer = await call("POST", url, { body: JSON.stringify(data), headers, signal });
  return JSON.parse(answer.responseText);
}
