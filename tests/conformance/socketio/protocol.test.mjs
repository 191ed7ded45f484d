// The rules of Engine.IO protocol 4 and Socket.IO protocol 5, as their documents state them, on bare connections.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import WebSocket from "ws";
import { address, connectedSocket, nextEvent, openConversation, openPolling, openedSocket, poll, polled, rawSocket, SHOP } from "./support.mjs";

let chat;
before(async () => { chat = await openConversation(4, "user41@test.com"); });

describe("Engine.IO: handshake", () => {
  test("by polling: an open packet with what the protocol wants in it", async () => {
    const answer = await poll();
    assert.equal(answer.status, 200);
    const text = await answer.text();
    assert.equal(text[0], "0");
    const { sid, upgrades, pingInterval, pingTimeout, maxPayload } = JSON.parse(text.slice(1));
    assert.ok(sid.length > 8);
    assert.deepEqual(upgrades, ["websocket"]);
    assert.ok([pingInterval, pingTimeout, maxPayload].every((n) => Number.isInteger(n) && n > 0));
  });
  test("by WebSocket: the same, with nothing to upgrade to", async () => {
    const raw = await openedSocket();
    assert.deepEqual(raw.open.upgrades, []);
    raw.close();
  });
  for (const [what, query] of [
    ["no EIO", "transport=polling"],
    ["another version", "EIO=abc&transport=polling"],
    ["no transport", "EIO=4"],
    ["an unknown transport", "EIO=4&transport=abc"],
  ]) {
    test(`${what} is refused with 400`, async () => {
      assert.equal((await fetch(`${SHOP}/socket.io/?${query}`)).status, 400);
    });
  }
  test("only GET opens", async () => {
    assert.equal((await poll(null, { method: "POST" })).status, 400);
    assert.equal((await poll(null, { method: "PUT" })).status, 400);
  });
  test("an unknown session is refused", async () => {
    assert.equal((await poll("AAAAAAAAAAAAAAAA")).status, 400);
    const socket = new WebSocket(`${address("websocket").replace("http", "ws")}&sid=AAAAAAAAAAAAAAAA`);
    await new Promise((done) => { socket.on("error", done); socket.on("close", done); });
  });
});

describe("Engine.IO: polling", () => {
  test("packets go both ways, several in one body", async () => {
    const { sid } = await openPolling();
    const sent = await poll(sid, { method: "POST", body: `40${JSON.stringify({ token: chat.buyer })}` });
    assert.deepEqual([sent.status, await sent.text()], [200, "ok"]);
    assert.match((await polled(sid))[0], /^40\{"sid"/);
    const calls = [1, 2].map((n) => `42${n}["presence",{"conversationId":${chat.id}}]`);
    await poll(sid, { method: "POST", body: calls.join("\x1e") });
    const acks = [];
    while (acks.length < 2) acks.push(...(await polled(sid)));
    assert.deepEqual(acks.map((ack) => ack.slice(0, 3)), ["431", "432"], "in the order of the calls");
  });
  test("a second GET while one waits ends the session", async () => {
    const { sid } = await openPolling();
    await poll(sid); // the first ping
    const statuses = await Promise.all([poll(sid), poll(sid)].map(async (answer) => (await answer).status));
    assert.ok(statuses.includes(400), String(statuses));
    assert.equal((await poll(sid)).status, 400);
  });
  test("a body that is no packet ends that session, and no other", async () => {
    const [bad, good] = [await openPolling(), await openPolling()];
    const answer = await poll(bad.sid, { method: "POST", body: "abc" });
    assert.equal(answer.status, 400);
    assert.equal((await poll(good.sid, { method: "POST", body: "3" })).status, 200);
  });
  test("a body over maxPayload is refused", async () => {
    const { sid, maxPayload } = await openPolling();
    const answer = await poll(sid, { method: "POST", body: `4${"x".repeat(maxPayload)}` }).catch(() => ({ status: 413 }));
    assert.equal(answer.status, 413);
  });
  test("a close packet ends the session", async () => {
    const { sid } = await openPolling();
    await poll(sid); // the first ping
    const waiting = poll(sid);
    await poll(sid, { method: "POST", body: "1" });
    await waiting;
    assert.equal((await poll(sid)).status, 400);
  });
});

describe("Engine.IO: WebSocket", () => {
  test("pings come at the interval, and a pong keeps the connection", { timeout: 60_000 }, async () => {
    const raw = await connectedSocket(chat.buyer);
    await new Promise((done) => { const look = () => (raw.pings.length < 2 ? raw.socket.once("message", look) : done()); look(); });
    const [first, second] = raw.pings;
    assert.ok(second - first > raw.open.pingInterval * 0.9, `${second - first} ms`);
    raw.send(`421["presence",{"conversationId":${chat.id}}]`);
    assert.match(await raw.next(), /^431/);
    raw.close();
  });
  test("an upgrade from polling: probe, probe, upgrade", async () => {
    const { sid } = await openPolling();
    const raw = rawSocket(`&sid=${sid}`);
    await new Promise((done) => { raw.socket.on("open", done); });
    raw.send("2probe");
    assert.equal(await raw.next(), "3probe");
    raw.send("5");
    raw.send(`40${JSON.stringify({ token: chat.buyer })}`);
    assert.match(await raw.next(), /^40/);
    assert.equal((await poll(sid)).status, 400, "no polling any more");
    raw.close();
  });
  test("a second WebSocket for a session is refused", async () => {
    const { sid } = await openPolling();
    const raw = rawSocket(`&sid=${sid}`);
    await new Promise((done) => { raw.socket.on("open", done); });
    raw.send("2probe");
    await raw.next();
    raw.send("5");
    raw.send(`40${JSON.stringify({ token: chat.buyer })}`);
    await raw.next();
    const second = rawSocket(`&sid=${sid}`);
    await second.closed;
    raw.send(`421["presence",{"conversationId":${chat.id}}]`);
    assert.match(await raw.next(), /^431/);
    raw.close();
  });
  test("a close packet closes", async () => {
    const raw = await openedSocket();
    raw.send("1");
    await raw.closed;
  });
});

describe("Socket.IO: namespaces", () => {
  test("connecting answers the session's id; an unknown namespace an error", async () => {
    const raw = await openedSocket();
    raw.send("40/admin,");
    assert.equal(await raw.next(), '44/admin,{"message":"Invalid namespace"}');
    raw.send(`40${JSON.stringify({ token: chat.buyer })}`);
    assert.match(await raw.next(), /^40\{"sid":"[^"]+"\}$/);
    raw.close();
  });
  test("leaving it ends its events, not the connection", async () => {
    const raw = await connectedSocket(chat.buyer);
    raw.send("41");
    raw.send(`40${JSON.stringify({ token: chat.buyer })}`);
    assert.match(await raw.next(), /^40/);
    raw.close();
  });
  test("an event before the namespace closes the connection", async () => {
    const raw = await openedSocket();
    raw.send('42["presence",{}]');
    await raw.closed;
  });
  test("who connects to no namespace is not kept", { timeout: 60_000 }, async () => {
    const raw = await openedSocket();
    await raw.closed;
  });
});

describe("Socket.IO: packets", () => {
  test("an ack carries its id; an event without one has no ack", async () => {
    const raw = await connectedSocket(chat.buyer);
    raw.send(`42["presence",{"conversationId":${chat.id}}]`);
    raw.send(`4277["presence",{"conversationId":${chat.id}}]`);
    assert.match(await raw.next(), /^4377\[\{/);
    raw.close();
  });
  test("binary attachments come before their event is done", async () => {
    const raw = await connectedSocket(chat.buyer);
    raw.send(`451-9["send_message",{"conversationId":${chat.id},"content":{"_placeholder":true,"num":0}}]`);
    raw.send(Buffer.from([1, 2, 3]));
    assert.match(await raw.next(), /^439\[\{"error":\{.*"ok":false\}\]$/);
    raw.close();
  });
  for (const [what, packet] of [
    ["no packet type", "4abc"],
    ["JSON that is none", '42["send_message",{'],
    ["an event without a name", "42[]"],
    ["an event whose name is no text", "42[1]"],
    ["a packet of no type of Engine.IO", "9"],
    ["text where an attachment was promised", '451-["send_message",{"_placeholder":true,"num":0}]'],
  ]) {
    test(`${what} closes that socket, and no other`, async () => {
      const [bad, good] = [await connectedSocket(chat.buyer), await connectedSocket(chat.seller)];
      bad.send(packet);
      if (packet.startsWith("451")) bad.send("4rubbish");
      await bad.closed;
      good.send(`421["presence",{"conversationId":${chat.id}}]`);
      assert.match(await good.next(), /^431/);
      good.close();
    });
  }
  test("a packet over maxPayload closes that socket", async () => {
    const raw = await connectedSocket(chat.buyer);
    raw.send(`42["send_message",{"content":"${"x".repeat(raw.open.maxPayload + 1)}"}]`);
    await raw.closed;
  });
  test("a message sent is heard by those who joined", async () => {
    const [buyer, seller] = [await connectedSocket(chat.buyer), await connectedSocket(chat.seller)];
    seller.send(`421["join_conversation",{"conversationId":${chat.id}}]`);
    assert.match(await seller.next(), /^431\[/);
    buyer.send(`42["send_message",{"conversationId":${chat.id},"content":"sin acuse"}]`);
    assert.equal((await nextEvent(seller, "new_message")).content, "sin acuse");
    buyer.close();
    seller.close();
  });
});
