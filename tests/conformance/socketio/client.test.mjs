// The official Socket.IO client against the chat, through the edge.
//
//   BASE_URL=http://localhost:3000 node --test tests/conformance/socketio/
import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, before, describe, test } from "node:test";
import { io } from "socket.io-client";
import { SHOP, api, openConversation, signIn } from "./support.mjs";

let chat;
before(async () => { chat = await openConversation(3, "user31@test.com"); });

const open = [];
const connect = async (token, options = {}) => {
  const socket = io(SHOP, { auth: { token }, forceNew: true, reconnectionDelay: 50, ...options });
  open.push(socket);
  await new Promise((done, fail) => {
    socket.once("connect", done);
    socket.once("connect_error", fail);
  });
  return socket;
};
afterEach(() => open.splice(0).forEach((socket) => socket.close()));

const call = (socket, event, payload) => socket.timeout(5000).emitWithAck(event, payload);
const join = (socket, after) => call(socket, "join_conversation", { conversationId: chat.id, after });
const say = (socket, content, extra) => call(socket, "send_message", { conversationId: chat.id, content, ...extra });
const nextMessage = async (socket) => (await once(socket, "new_message"))[0];

describe("transports", () => {
  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    test(`a message gets through by ${transports.join(", then ")}`, async () => {
      const [buyer, seller] = [await connect(chat.buyer, { transports }), await connect(chat.seller, { transports })];
      if (transports.length > 1 && seller.io.engine.transport.name === "polling") await once(seller.io.engine, "upgrade");
      assert.equal(seller.io.engine.transport.name, transports.at(-1));
      assert.equal((await join(buyer)).ok, true);
      assert.equal((await join(seller)).online, true);
      const heard = nextMessage(seller);
      const sent = await say(buyer, `por ${transports}: ñandú 🧶`);
      assert.deepEqual(await heard, sent.message);
    });
  }
});

describe("handshake", () => {
  const refused = (options) => connect(undefined, { reconnection: false, ...options }).then(
    () => assert.fail("connected"),
    (error) => error.message,
  );
  test("nobody is refused with a clear message", async () => {
    assert.match(await refused({}), /Inicia sesión/);
    assert.match(await refused({ extraHeaders: { "Accept-Language": "en" } }), /Sign in/);
    assert.match(await refused({ auth: { token: "rubbish" } }), /token no es válido/);
    assert.match(await refused({ auth: { token: 7 } }), /Inicia sesión/);
  });
  test("a page of another site cannot use the browser's cookie", async () => {
    const answer = await fetch(`${SHOP}/login`);
    const [guest] = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    const csrf = /name="csrf" value="([^"]+)"/.exec(await answer.text())[1];
    const login = await fetch(`${SHOP}/login`, {
      method: "POST", redirect: "manual", headers: { Cookie: guest },
      body: new URLSearchParams({ csrf, email: "user32@test.com", password: "TestPassword123!", next: "/" }),
    });
    const cookie = login.headers.getSetCookie().map((one) => one.split(";")[0]).find((one) => one.includes("session"));
    const by = (Origin) => ({ extraHeaders: { Cookie: cookie, Origin }, transports: ["websocket"] });
    assert.match(await refused(by("https://evil.example")), /Otra página/);
    assert.equal((await connect(undefined, by(SHOP))).connected, true);
  });
  test("an unknown namespace is refused, and the connection goes on", async () => {
    const socket = await connect(chat.buyer);
    const other = socket.io.socket("/admin");
    other.connect();
    const [error] = await once(other, "connect_error");
    assert.equal(error.message, "Invalid namespace");
    other.close();
    assert.equal((await join(socket)).ok, true);
  });
});

describe("events", () => {
  test("strangers neither join nor write", async () => {
    const stranger = await connect(await signIn("user33@test.com"));
    for (const event of ["join_conversation", "presence"]) {
      const answer = await call(stranger, event, { conversationId: chat.id });
      assert.deepEqual([answer.ok, answer.error.status], [false, 404]);
    }
    assert.equal((await say(stranger, "hola")).error.status, 404);
    assert.equal((await call(stranger, "typing_start", { conversationId: chat.id })).error.code, "not_joined");
  });
  test("wrong events are answered in their acks", async () => {
    const socket = await connect(chat.buyer);
    for (const [event, payload, status] of [
      ["send_message", { conversationId: chat.id }, 400],
      ["send_message", { conversationId: chat.id, content: " " }, 400],
      ["send_message", null, 400],
      ["join_conversation", { conversationId: "x" }, 400],
      ["reaction", { messageId: 1, emoji: "🦄" }, 400],
      ["drop_table", {}, 404],
    ]) {
      const answer = await call(socket, event, payload);
      assert.deepEqual([answer.ok, answer.error.status], [false, status], event);
    }
    assert.equal(socket.connected, true);
  });
  test("binary holds, in events and their acks", async () => {
    const socket = await connect(chat.buyer);
    const answer = await call(socket, "send_message", { conversationId: chat.id, content: Buffer.from([1, 2, 3]) });
    assert.deepEqual([answer.ok, answer.error.status], [false, 400], "a message's content is text");
    assert.equal((await say(socket, "después")).ok, true);
  });
  test("typing, reading, reactions and presence reach the other party", async () => {
    const [buyer, seller] = [await connect(chat.buyer), await connect(chat.seller)];
    await join(buyer);
    const heard = [];
    buyer.onAny((event, { userId, online }) => { heard.push([event, userId, online]); });
    const { userId } = await join(seller);
    const { message } = await say(buyer, "¿Lo ves?");
    const about = { conversationId: chat.id };
    await call(seller, "typing_start", about);
    await call(seller, "typing_stop", about);
    await call(seller, "reaction", { messageId: message.id, emoji: "❤️" });
    await call(seller, "message_read", { messageId: message.id });
    seller.close();
    const ours = () => heard.filter(([, who]) => who === userId).map(([event, , online]) => (event === "presence" ? online : event));
    while (ours().length < 6) await new Promise((done) => { buyer.onAny(done); });
    assert.deepEqual(ours(), [true, "typing_start", "typing_stop", "reaction", "message_read", false]);
  });
  test("a repeated send is one message", async () => {
    const socket = await connect(chat.buyer);
    const clientId = `c-${Date.now()}`;
    const [one, two] = await Promise.all([say(socket, "una", { clientId }), say(socket, "una", { clientId })]);
    assert.equal(one.message.id, two.message.id);
  });
  test("what a socket sends is stored and heard in its order", async () => {
    const [buyer, seller] = [await connect(chat.buyer), await connect(chat.seller)];
    await join(seller);
    const heard = [];
    seller.on("new_message", ({ content }) => { heard.push(content); });
    const words = Array.from({ length: 30 }, (_, n) => `orden ${n}`);
    const sent = await Promise.all(words.map((word) => say(buyer, word)));
    assert.ok(sent.every(({ ok }) => ok));
    const last = sent.at(-1).message.seq;
    if (heard.length < words.length) await new Promise((done) => { seller.on("new_message", ({ seq }) => { if (seq >= last) done(); }); });
    assert.deepEqual(heard, words);
  });
  test("what comes by the API reaches sockets at once", async () => {
    const seller = await connect(chat.seller);
    await join(seller);
    const heard = nextMessage(seller);
    const sent = await api(chat.buyer, "/api/messages", { conversationId: chat.id, content: "por la API" });
    assert.deepEqual(await heard, sent);
  });
});

describe("reconnection", () => {
  test("after a lost connection the client gets what it missed, in order and once", async () => {
    const [buyer, seller] = [await connect(chat.buyer), await connect(chat.seller, { transports: ["websocket"] })];
    const seen = [];
    const { messages } = await join(seller);
    let last = messages.at(-1)?.seq ?? 0;
    const start = last;
    seller.on("new_message", ({ seq }) => { seen.push(seq); last = seq; });
    const back = once(seller, "connect");
    seller.io.engine.close(); // as a network that goes away
    for (let n = 0; n < 5; n += 1) assert.equal((await say(buyer, `perdido ${n}`)).ok, true);
    await back;
    const missed = await join(seller, last);
    for (const { seq } of missed.messages) { seen.push(seq); last = seq; }
    await say(buyer, "y uno más");
    await new Promise((done) => { const look = () => (last >= start + 6 ? done() : seller.once("new_message", look)); look(); });
    assert.deepEqual(seen, Array.from({ length: 6 }, (_, n) => start + 1 + n));
  });
});

test("a socket that says too much is told so, and disconnected when it goes on", async () => {
  const socket = await connect(await signIn("user34@test.com"), { reconnection: false });
  const gone = once(socket, "disconnect");
  const answers = [];
  for (let n = 0; n < 400; n += 1) socket.emit("presence", { conversationId: 0 }, (answer) => answers.push(answer.error.code));
  await gone;
  assert.ok(answers.includes("rate_limited"));
});
