/* global oidc */
// Signing in by OpenID Connect: authorization code with PKCE. Tokens live in this page's memory and
// die with it; only what one way to the sign-in and back needs is kept in this tab.

// Where the sign-in sends people back to: without a slash at its end, as the route is.
const PATH = "/team";
const HERE = location.origin + PATH;
const BEFORE = "team.signed-in-before";
// A token this young that the clinic refuses won't get better by signing in once more.
const YOUNG = 60_000;

export class Session {
  #manager;
  #user = null;
  #since = 0;

  constructor({ issuer, clientId, scope, locale }) {
    this.#manager = new oidc.UserManager({
      authority: issuer,
      client_id: clientId,
      redirect_uri: HERE,
      post_logout_redirect_uri: HERE,
      scope: `openid ${scope}`,
      ui_locales: locale,
      userStore: new oidc.WebStorageStateStore({ store: new oidc.InMemoryWebStorage() }),
      stateStore: new oidc.WebStorageStateStore({ store: sessionStorage }),
      automaticSilentRenew: false,
      monitorSession: false,
    });
  }

  /** What the sign-in calls this person. */
  get name() {
    const known = this.#user?.profile ?? {};
    return known.name ?? known.preferred_username ?? known.email ?? known.username ?? known["cognito:username"] ?? "";
  }

  /** Whether this tab was signed in before and may go there again without being asked. */
  get mayGoByItself() {
    return sessionStorage.getItem(BEFORE) === "yes";
  }

  get isYoung() {
    return Date.now() - this.#since < YOUNG;
  }

  /**
   * Finish a sign-in that this page comes back from, and return to the address that it left.
   * Return "no" where there is none, else "yes" or "failed".
   */
  async comeBack() {
    const asked = new URLSearchParams(location.search);
    const isBack = asked.has("state") && (asked.has("code") || asked.has("error"));
    if (!isBack) return "no";
    let hash = location.hash;
    try {
      this.#user = await this.#manager.signinRedirectCallback(location.href);
      this.#since = Date.now();
      hash = this.#user.state?.hash ?? "";
      sessionStorage.setItem(BEFORE, "yes");
      return "yes";
    } catch (error) {
      hash = error.state?.hash ?? "";
      this.forget();
      return "failed";
    } finally {
      history.replaceState(null, "", PATH + hash);
    }
  }

  /** Leave for the sign-in; it brings the person back to the same case. */
  async signIn() {
    await this.#manager.signinRedirect({ state: { hash: location.hash } });
    await forever();
  }

  /** Forget who was signed in: the next visit is asked first. */
  forget() {
    this.#user = null;
    sessionStorage.removeItem(BEFORE);
  }

  /** Sign out here and, where it can, at the sign-in itself. */
  async signOut() {
    this.forget();
    // First, because the way out would name a token in its address otherwise.
    await this.#manager.removeUser();
    history.replaceState(null, "", PATH);
    const end = await this.#manager.metadataService.getEndSessionEndpoint().catch(() => undefined);
    if (!end) return location.reload();
    // Cognito has a name of its own for the way back.
    await this.#manager.signoutRedirect({ extraQueryParams: { logout_uri: HERE } });
    return forever();
  }

  /** Return a token for the API, a fresh one where the old one ran out, or null. */
  async token() {
    if (this.#user?.expired) {
      const again = this.#user.refresh_token ? this.#manager.signinSilent() : Promise.resolve(null);
      this.#user = await again.catch(() => null);
    }
    return this.#user?.access_token ?? null;
  }
}

/** Wait for the browser, which is on its way to another page. */
function forever() {
  return new Promise(() => {});
}
