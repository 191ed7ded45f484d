// A push service and its browsers, with no code of the shop's: TLS and VAPID by Node's own crypto, decryption by `http_ece`, the
// reference implementation of RFC 8188 by the author of RFC 8291.
import assert from "node:assert/strict";
import { createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";
import { join } from "node:path";
import ece from "http_ece";

const CERTIFICATES = join(import.meta.dirname, "../../certificates");

/** Checks the `Authorization` of RFC 8292; answers its claims and the key that signed them. */
export function vapid(authorization) {
  const [, token, key] = /^vapid t=([^,]+), ?k=([^,]+)$/.exec(authorization) ?? assert.fail(`not RFC 8292: ${authorization}`);
  const point = Buffer.from(key, "base64url");
  assert.equal(point.length, 65);
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const [header, claims, signature] = token.split(".");
  assert.deepEqual(JSON.parse(Buffer.from(header, "base64url")), { typ: "JWT", alg: "ES256" });
  const signed = verify("sha256", Buffer.from(`${header}.${claims}`), { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  assert.ok(signed, "the token is signed by the key that it names");
  return { key, claims: JSON.parse(Buffer.from(claims, "base64url")) };
}

/** Listens on a free port of this machine. Every message waits in `messages`; `next()` is the next one. */
export async function startPushService() {
  const messages = [];
  const waiting = [];
  const answers = [];
  let browsers = 0;
  const server = https.createServer({ cert: readFileSync(join(CERTIFICATES, "localhost.pem")), key: readFileSync(join(CERTIFICATES, "localhost.key")) }, async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const message = { method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(chunks) };
    const [status, headers] = answers.shift() ?? [201, { location: `https://localhost/message/${messages.length}` }];
    response.writeHead(status, headers).end();
    const waiter = waiting.shift();
    if (waiter) waiter(message);
    else messages.push(message);
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const origin = `https://localhost:${server.address().port}`;
  return {
    origin,
    /** The next message is answered so. */
    answerNext: (status, headers = {}) => answers.push([status, headers]),
    next: () => messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((resolve) => waiting.push(resolve)),
    /** A browser's subscription, and how it reads what it is sent. */
    browser() {
      browsers += 1;
      const ecdh = createECDH("prime256v1");
      ecdh.generateKeys();
      const auth = randomBytes(16);
      const path = `/push/${browsers}/${randomBytes(12).toString("base64url")}`;
      return {
        path,
        subscription: { endpoint: origin + path, expirationTime: null, keys: { p256dh: ecdh.getPublicKey("base64url"), auth: auth.toString("base64url") } },
        read: (message) => {
          assert.equal(message.path, path, "for another browser");
          assert.equal(message.headers["content-encoding"], "aes128gcm");
          return JSON.parse(ece.decrypt(message.body, { version: "aes128gcm", privateKey: ecdh, authSecret: auth }).toString("utf8"));
        },
      };
    },
    stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
}
