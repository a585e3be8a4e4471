// The team's sign-in of the local world: a real OpenID Connect provider whose accounts need no
// password. Settings come as one JSON argument. It says its address in one line, follows the
// world's clock by lines on its input, and ends when that input ends.

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const { port, world, audience, scope, clientId, accounts } = JSON.parse(process.argv[2]);

// ---- The world's clock, from before anything reads the time ---------------------------------------
const Real = Date;
let ahead = 0;
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Real.now() + ahead);
  }

  static now() {
    return Real.now() + ahead;
  }
};
createInterface({ input: process.stdin })
  .on('line', (line) => { ahead = Number(line); })
  .on('close', () => process.exit(0));

// It warns of being on http and of keeping everything in memory, both of which are meant.
console.info = () => {};
console.warn = () => {};
const { default: Provider } = await import('oidc-provider');

// ---- Who there is ---------------------------------------------------------------------------------
const subject = (name) => createHash('sha256').update(name).digest('hex')
  .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
const people = new Map(accounts.map((account) => [subject(account.name), account]));

function claimsOf(account) {
  const claims = { username: account.name };
  // As Cognito has it, somebody without a group has no such claim.
  if (account.groups.length) claims['cognito:groups'] = account.groups;
  return claims;
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), alg: 'RS256', use: 'sig' };

function page(title, body) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>${title}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:26rem;padding:0 1rem;color:#1b1b1b}
button{display:block;width:100%;margin:.5rem 0;padding:.7rem 1rem;font:inherit;text-align:left;cursor:pointer}
small{display:block;color:#555}</style></head>
<body><main><h1>${title}</h1>${body}</main></body></html>`;
}

// After a form's answer browsers follow redirects only to where the form may go.
const secured = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self' ${world}; base-uri 'none'; frame-ancestors 'none'`,
};

function described({ name, groups }) {
  return `<button name="account" value="${name}">${name}<small>${groups.join(', ') || 'in no group'}</small></button>`;
}

// ---- The provider ---------------------------------------------------------------------------------
const server = createServer();
server.on('error', (error) => {
  process.stderr.write(`sign-in: ${error.message}\n`);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const back = `${world}/team`;
  const ways = [back, `${back}/`];
  const provider = new Provider(issuer, {
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    clients: [{
      client_id: clientId,
      client_name: 'the team of the local world',
      redirect_uris: ways,
      post_logout_redirect_uris: ways,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    pkce: { required: () => true },
    clientBasedCORS: (_ctx, origin) => origin === world,
    findAccount: (_ctx, sub) => people.has(sub) && { accountId: sub, claims: () => ({ sub, 'cognito:username': people.get(sub).name }) },
    claims: { openid: ['sub', 'cognito:username'] },
    conformIdTokenClaims: false,
    extraTokenClaims: (_ctx, token) => claimsOf(people.get(token.accountId)),
    ttl: { AccessToken: 3600, IdToken: 3600, AuthorizationCode: 60, Interaction: 3600, Session: 43200, Grant: 43200 },
    interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
    // The clinic's own page asks for nothing that its people could refuse it.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid');
      grant.addResourceScope(audience, scope);
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope, audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          ctx.set(secured);
          ctx.body = page('Sign out', `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
        },
        postLogoutSuccessSource(ctx) {
          ctx.set(secured);
          ctx.body = page('Signed out', `<p><a href="${back}">Back to the cases</a></p>`);
        },
      },
    },
    renderError(ctx, { error, error_description: description }) {
      ctx.set(secured);
      const safe = `${error}: ${description ?? ''}`.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
      ctx.body = page('Sign-in failed', `<p>${safe}</p>`);
    },
  });

  async function choose(request, response) {
    const { uid } = await provider.interactionDetails(request, response);
    if (request.method === 'POST') {
      let body = '';
      for await (const part of request) body += part;
      const accountId = subject(new URLSearchParams(body).get('account') ?? '');
      if (people.has(accountId)) {
        await provider.interactionFinished(request, response, { login: { accountId } }, { mergeWithLastSubmission: false });
        return;
      }
    }
    const buttons = accounts.map(described).join('');
    response.writeHead(200, secured);
    response.end(page('Who are you?', `<p>This sign-in is part of the local world and asks for no password.</p>
<form method="post" action="/sign-in/${uid}">${buttons}</form>`));
  }

  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/sign-in/')) {
      answer(request, response);
      return;
    }
    choose(request, response).catch(() => {
      response.writeHead(400, secured);
      response.end(page('Sign-in failed', `<p>This sign-in is over. <a href="${back}">Begin again</a>.</p>`));
    });
  });
  process.stdout.write(`ready ${issuer}\n`);
});
