// Questions to the clinic. The token travels in a header, so no other site can ask in our name.

import { given } from "./words.js";

const PATIENCE = 20_000;

/** An answer other than yes. `status` is 0 where there was no answer at all. */
export class Refusal extends Error {
  constructor(status) {
    super(`refused: ${status}`);
    this.status = status;
  }
}

export class Api {
  #session;
  #signInAgain;

  constructor(session, signInAgain) {
    this.#session = session;
    this.#signInAgain = signInAgain;
  }

  /** Return a page of the worklist. */
  cases(asked) {
    const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
    return this.#ask("GET", `/cases?${query}`);
  }

  /** Return a case. That somebody looked is written down, so this is no GET. */
  open(name) {
    return this.#ask("POST", `/cases/${encodeURIComponent(name)}/open`, {});
  }

  /** Return {url}: where one checked file can be had, for a few minutes. */
  openFile(name, n) {
    return this.#ask("POST", `/cases/${encodeURIComponent(name)}/files/${n}/open`, {});
  }

  /** Do something about a case, and return it as it is then. */
  act(name, action) {
    return this.#ask("POST", `/cases/${encodeURIComponent(name)}/actions`, action);
  }

  async #ask(method, path, body) {
    const token = await this.#session.token();
    if (!token) return this.#signInAgain();
    const headers = {
      Accept: "application/json",
      "Accept-Language": given.locale,
      Authorization: `Bearer ${token}`,
    };
    if (body) headers["Content-Type"] = "application/json";
    const answer = await fetch(path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    }).catch(() => null);
    if (answer?.status === 401) return this.#signInAgain();
    const said = await answer?.json().catch(() => null);
    if (!answer?.ok || !said) throw new Refusal(answer?.ok ? 0 : answer?.status ?? 0);
    return said;
  }
}
