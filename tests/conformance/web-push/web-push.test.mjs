// The shop's pushes as an independent push service and browser see them (RFC 8030, 8188, 8291, 8292).
//
//   BASE_URL=http://localhost:3000 node --test tests/conformance/web-push/web-push.test.mjs
// against a shop that may call this machine: --set shop.push.allow_private_addresses=true
//   --set shop.push.extra_roots=tests/certificates/authority.pem
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startPushService, vapid } from "./push-service.mjs";

const base = process.env.BASE_URL ?? "http://localhost:3000";
let service;
let buyers = 0;
before(async () => { service = await startPushService(); });
after(() => service.stop());

async function call(path, body, token) {
  const answer = await fetch(base + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** Somebody new who hears in a browser and buys something. */
async function buyerWith(browser) {
  buyers += 1;
  const email = `push-${process.pid}-${Date.now()}-${buyers}@example.com`;
  const { token } = await call("/api/auth/register", { name: "Lucía Zavala", email, password: "TestPassword123!", role: "comprador" });
  await call("/api/notifications/subscribe", browser.subscription, token);
  const { products } = await call("/api/products?limit=1");
  const { url } = await call("/api/checkout", { items: [{ productId: products[0].id, quantity: 1 }] }, token);
  const card = { cardNumber: "4242424242424242", cardExpiry: "12/34", cardCvc: "123", billingName: "Lucía Zavala" };
  const paid = await fetch(url, { method: "POST", body: new URLSearchParams(card), redirect: "manual" });
  assert.equal(paid.status, 303);
}

test("a message is encrypted for the browser and signed by the shop", async () => {
  const browser = service.browser();
  await buyerWith(browser);
  const message = await service.next();
  const read = browser.read(message);
  assert.equal(message.method, "POST");
  assert.ok(read.title && read.body && read.path.startsWith("/orders"), JSON.stringify(read));
  const { key, claims } = vapid(message.headers.authorization);
  assert.equal(key, (await call("/api/notifications/vapid-key")).publicKey);
  assert.equal(claims.aud, service.origin);
  const left = claims.exp - Date.now() / 1000;
  assert.ok(left > 0 && left <= 24 * 3600, `${left} s`);
  assert.match(claims.sub, /^(mailto:|https:)/);
  assert.match(message.headers.topic, /^[A-Za-z0-9_-]{1,32}$/);
  assert.match(message.headers.ttl, /^\d+$/);
  assert.match(message.headers.urgency, /^(very-low|low|normal|high)$/);
  assert.ok(message.body.length <= 4096);
  await service.next(); // that it ships
});

test("no two messages share a salt or a key", async () => {
  const browser = service.browser();
  await buyerWith(browser);
  const heads = [await service.next(), await service.next()].map(({ body }) => body.subarray(0, 86).toString("hex"));
  assert.notEqual(heads[0].slice(0, 32), heads[1].slice(0, 32));
  assert.notEqual(heads[0].slice(42), heads[1].slice(42));
});

test("what a busy push service refuses comes again, with the same topic", async () => {
  const browser = service.browser();
  service.answerNext(503);
  service.answerNext(429, { "retry-after": "1" });
  await buyerWith(browser);
  const messages = [];
  for (let n = 0; n < 4; n += 1) messages.push(await service.next());
  const tags = messages.map((message) => browser.read(message).tag);
  assert.equal(new Set(tags).size, 2);
  for (const tag of new Set(tags)) {
    const topics = messages.filter((_, n) => tags[n] === tag).map((message) => message.headers.topic);
    assert.equal(topics.length, 2);
    assert.equal(topics[0], topics[1]);
  }
});
