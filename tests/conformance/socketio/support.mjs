// What both files need: two people of the demo data in a conversation, and raw connections.
import assert from "node:assert/strict";
import WebSocket from "ws";

export const SHOP = process.env.BASE_URL ?? "http://localhost:3000";

export const api = async (token, path, body) => {
  const answer = await fetch(SHOP + path, {
    method: body ? "POST" : "GET",
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
};

export const signIn = async (email) => (await api(null, "/api/auth/login", { email, password: "TestPassword123!" })).token;

/** A buyer and the seller of a product, and the id of their conversation about it. */
export const openConversation = async (product, buyerEmail) => {
  const buyer = await signIn(buyerEmail);
  const { id, store } = await api(buyer, "/api/conversations", { productId: product });
  return { id, buyer, seller: await signIn(`vendedor${store.id}@test.com`) };
};

export const address = (transport) => `${SHOP}/socket.io/?EIO=4&transport=${transport}`;

/** A bare WebSocket whose messages can be awaited one by one. It answers pings, and notes when they came. */
export const rawSocket = (query = "") => {
  const socket = new WebSocket(address("websocket").replace("http", "ws") + query);
  const [heard, waiting] = [[], []];
  const pings = [];
  socket.on("message", (data, binary) => {
    const packet = binary ? data : String(data);
    if (packet === "2") {
      pings.push(Date.now());
      socket.send("3");
      return;
    }
    if (waiting.length) waiting.shift()(packet);
    else heard.push(packet);
  });
  const closed = new Promise((done) => { socket.on("close", done); });
  socket.on("error", () => {});
  return {
    socket,
    closed,
    pings,
    send: (packet) => socket.send(packet),
    next: () => (heard.length ? Promise.resolve(heard.shift()) : new Promise((done) => { waiting.push(done); })),
    close: () => socket.terminate(),
  };
};

/** The same, past the handshake of Engine.IO. */
export const openedSocket = async () => {
  const raw = rawSocket();
  raw.open = JSON.parse((await raw.next()).slice(1));
  return raw;
};

/** The same, connected to the namespace `/`. */
export const connectedSocket = async (token) => {
  const raw = await openedSocket();
  raw.send(`40${JSON.stringify({ token })}`);
  assert.match(await raw.next(), /^40\{"sid":"/);
  return raw;
};

/** An event as the official client's raw form has it, past others. */
export const nextEvent = async (raw, name) => {
  for (;;) {
    const packet = await raw.next();
    if (typeof packet === "string" && packet.startsWith(`42["${name}"`)) return JSON.parse(packet.slice(2))[1];
  }
};

export const poll = (sid, options) => fetch(`${address("polling")}${sid ? `&sid=${sid}` : ""}`, options);
export const openPolling = async () => JSON.parse((await (await poll()).text()).slice(1));

/** The packets of the next poll that has any but pings. */
export const polled = async (sid) => {
  for (;;) {
    const answer = await poll(sid);
    assert.equal(answer.status, 200);
    const packets = (await answer.text()).split("\x1e");
    if (packets.includes("2")) await poll(sid, { method: "POST", body: "3" });
    const others = packets.filter((packet) => packet !== "2");
    if (others.length) return others;
  }
};
