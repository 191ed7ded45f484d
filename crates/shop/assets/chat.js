// Conversations, live: /messages and /messages/{id}. Without this file their forms work by reloading.
//
// The socket below speaks Socket.IO 5 over Engine.IO 4, the part of it that a page needs: one namespace, text, acks, WebSocket with
// long polling where that does not get through. That is two hundred lines instead of the forty kilobytes of socket.io-client.

const EIO = "/socket.io/?EIO=4&transport=";
const RETRY = [300, 1000, 2000, 4000, 8000];

/** One connection, made again whenever it is lost. `handlers`: connect, disconnect, refused, and the server's events by name. */
class Socket {
  constructor(handlers) {
    this.handlers = handlers;
    this.acks = new Map();
    this.nextAck = 0;
    this.failures = 0;
    this.connected = false;
    addEventListener("online", () => this.soon(0));
    addEventListener("offline", () => this.lost());
    document.addEventListener("visibilitychange", () => { if (!document.hidden && !this.connected) this.soon(0); });
    addEventListener("pagehide", () => { this.closing = true; this.drop(); });
    addEventListener("pageshow", (event) => { if (event.persisted) { this.closing = false; this.soon(0); } });
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.drop();
    const mine = this.attempt = {};
    const on = (handler) => (...args) => { if (this.attempt === mine) handler(...args); };
    // Every third attempt goes by polling: some networks let no WebSocket through.
    const Way = "WebSocket" in window && this.failures % 3 !== 2 ? ByWebSocket : ByPolling;
    this.way = new Way(on((packet) => this.packet(packet)), on(() => this.lost()));
    this.watch(20000);
  }

  drop() {
    const way = this.way;
    this.way = null;
    this.attempt = null;
    if (way) way.close();
  }

  /** Nothing heard for so long: the other side has gone without a word. */
  watch(ms) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lost(), ms);
  }

  lost() {
    clearTimeout(this.silence);
    this.drop();
    const was = this.connected;
    this.connected = false;
    for (const { fail } of this.acks.values()) fail();
    this.acks.clear();
    if (was) this.handlers.disconnect();
    if (this.closing || this.ended) return;
    const wait = RETRY[Math.min(this.failures, RETRY.length - 1)];
    this.failures += 1;
    this.soon(wait * (0.5 + Math.random()));
    if (this.failures === 2 && !was) this.handlers.disconnect();
  }

  soon(ms) {
    if (this.ended) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (!this.connected) this.open(); }, ms);
  }

  packet(packet) {
    const rest = packet.slice(1);
    switch (packet[0]) {
      case "0": {
        const { pingInterval, pingTimeout } = JSON.parse(rest);
        this.patience = pingInterval + pingTimeout;
        this.watch(this.patience);
        this.way.opened(JSON.parse(rest));
        this.way.send("40");
        break;
      }
      case "1": this.lost(); break;
      case "2": this.watch(this.patience); this.way.send("3" + rest); break;
      case "4": this.message(rest); break;
    }
  }

  message(text) {
    const [, kind, id, body] = /^(\d)(\d*)(.*)$/s.exec(text) || [];
    switch (kind) {
      case "0":
        this.connected = true;
        this.failures = 0;
        this.handlers.connect();
        break;
      case "1": this.lost(); break;
      case "2": {
        const [event, payload] = JSON.parse(body);
        if (this.handlers[event]) this.handlers[event](payload);
        break;
      }
      case "3": {
        const ack = this.acks.get(Number(id));
        this.acks.delete(Number(id));
        if (ack) ack.done(JSON.parse(body)[0]);
        break;
      }
      case "4":
        // Refused: coming again would change nothing until somebody signs in.
        this.ended = true;
        this.drop();
        this.handlers.refused(JSON.parse(body).message);
        break;
    }
  }

  /** Sends an event; the promise is the server's answer, and fails when the connection is lost first. */
  call(event, payload) {
    return new Promise((done, fail) => {
      if (!this.connected) { fail(); return; }
      const id = this.nextAck++;
      this.acks.set(id, { done, fail });
      this.way.send(`42${id}${JSON.stringify([event, payload])}`);
    });
  }
}

class ByWebSocket {
  constructor(packet, lost) {
    this.socket = new WebSocket(location.origin.replace("http", "ws") + EIO + "websocket");
    this.socket.onmessage = ({ data }) => packet(data);
    this.socket.onclose = lost;
  }
  opened() {}
  send(packet) { if (this.socket.readyState === 1) this.socket.send(packet); }
  close() { this.socket.onclose = null; this.socket.onmessage = null; this.socket.close(); }
}

class ByPolling {
  constructor(packet, lost) {
    this.url = EIO + "polling";
    this.packet = packet;
    this.lost = lost;
    this.stop = new AbortController();
    this.sending = Promise.resolve();
    this.poll();
  }
  async poll() {
    try {
      while (!this.stop.signal.aborted) {
        const answer = await fetch(this.url, { signal: this.stop.signal, credentials: "same-origin" });
        if (!answer.ok) throw new Error(String(answer.status));
        for (const packet of (await answer.text()).split("\x1e")) this.packet(packet);
      }
    } catch { this.lost(); }
  }
  opened({ sid }) { this.url += `&sid=${sid}`; }
  send(packet) {
    this.sending = this.sending.then(() => fetch(this.url, {
      method: "POST", body: packet, headers: { "Content-Type": "text/plain;charset=UTF-8" }, signal: this.stop.signal,
    })).catch(() => this.lost());
  }
  close() { this.stop.abort(); }
}

const $ = (selector, root = document) => root.querySelector(selector);

/** The list of conversations looks again when something has been said. */
function inbox(list) {
  const refresh = async () => {
    const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
    const fresh = answer && answer.ok && $("#inbox", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (fresh) $("#inbox").replaceChildren(...fresh.children);
  };
  let first = true;
  const socket = new Socket({
    connect() {
      socket.call("join_inbox", {}).catch(() => {});
      if (!first) refresh();
      first = false;
    },
    disconnect() {},
    refused() {},
    inbox_message: refresh,
  });
}

/** One conversation. */
function conversation(chat) {
  const id = Number(chat.dataset.chat);
  const me = Number(chat.dataset.user);
  const [log, scroll, form] = [$("#log"), $("#scroll"), $("#compose")];
  const words = chat.dataset;
  const clock = new Intl.DateTimeFormat("es-MX", { hour: "numeric", minute: "2-digit", hourCycle: "h23", timeZone: "America/Mexico_City" });
  // How far the page has got; messages are shown in their order, and a gap is asked for.
  let last = Number(words.seq);
  let otherRead = Number(words.read);
  const waiting = []; // what was sent and is not stored yet, in its order
  let sending = false;

  const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
  const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };

  const bubble = (mine, message) => {
    const item = document.createElement("li");
    if (mine) item.className = "mine";
    const box = document.createElement("div");
    box.className = "bubble";
    if (message.type === "image") {
      const link = document.createElement("a");
      link.href = message.content;
      const image = document.createElement("img");
      image.src = message.content;
      image.alt = words.picture;
      link.append(image);
      box.append(link);
    } else {
      const text = document.createElement("p");
      text.className = "text";
      if (message.type === "product") {
        const link = document.createElement("a");
        link.href = `/products/${message.content}`;
        link.textContent = `${words.product} ${message.content}`;
        text.append(link);
      } else {
        text.textContent = message.content;
      }
      box.append(text);
    }
    const when = document.createElement("p");
    when.className = "when";
    const time = document.createElement("time");
    const at = message.createdAt ? new Date(message.createdAt) : new Date();
    time.dateTime = at.toISOString();
    time.textContent = clock.format(at).replace(/^0/, "");
    when.append(time);
    if (mine) {
      const tick = document.createElement("span");
      tick.className = "tick";
      when.append(" ", tick);
    }
    const reactions = document.createElement("p");
    reactions.className = "reactions";
    box.append(when, reactions);
    item.append(box);
    return item;
  };

  const ticks = () => {
    for (const item of log.querySelectorAll("li.mine[data-seq]")) {
      const seen = Number(item.dataset.seq) <= otherRead;
      $(".tick", item).textContent = seen ? words.seen : words.sent;
    }
  };

  const showReaction = (item, userId, emoji) => {
    const place = $(".reactions", item);
    for (const old of place.querySelectorAll(`[data-by="${userId}"]`)) old.remove();
    if (emoji) {
      const sign = document.createElement("span");
      sign.dataset.by = userId;
      sign.setAttribute("role", "img");
      sign.setAttribute("aria-label", words.reaction.replace("{emoji}", emoji));
      sign.textContent = emoji;
      place.append(sign);
    }
  };

  /** Shows a stored message, once. */
  const show = (message) => {
    if (message.seq <= last) return;
    const follow = atEnd();
    const mine = message.senderId === me;
    const own = mine && waiting.findIndex((draft) => draft.clientId === message.clientId);
    if (mine && own >= 0) waiting.splice(own, 1)[0].item.remove();
    const item = bubble(mine, message);
    item.id = `m${message.seq}`;
    item.dataset.seq = message.seq;
    item.dataset.id = message.id;
    if (!mine && form) {
      const answer = $("#reactions").content.cloneNode(true);
      $("[name=message]", answer).value = message.id;
      $("[name=seq]", answer).value = message.seq;
      item.append(answer);
    }
    for (const { userId, emoji } of message.reactions) showReaction(item, userId, emoji);
    const start = $("#start");
    if (start) start.remove();
    const unsent = waiting[0] && waiting[0].item;
    log.insertBefore(item, unsent && unsent.isConnected ? unsent : null);
    last = message.seq;
    ticks();
    if (!mine) $("#typing").textContent = "";
    if (follow || mine) toEnd();
  };

  const markRead = () => {
    if (!document.hidden && socket.connected && last > 0) socket.call("message_read", { conversationId: id, seq: last }).catch(() => {});
  };

  /** Everything from the last message shown on; again until nothing is missing. */
  const join = async () => {
    const answer = await socket.call("join_conversation", { conversationId: id, after: last });
    if (!answer.ok) return;
    for (const message of answer.messages) show(message);
    otherRead = Math.max(otherRead, answer.conversation.otherReadSeq);
    ticks();
    presence(answer.online);
    if (answer.hasMore) await join();
  };

  const presence = (online) => {
    $("#presence").textContent = online ? words.online : words.offline;
    $("#presence").classList.toggle("here", online);
  };

  /** Sends what waits, one after the other, as often as it takes: the id of each makes a repeated one the same message. */
  const flush = async () => {
    if (sending || !socket.connected) return;
    sending = true;
    try {
      while (waiting.length && socket.connected) {
        const draft = waiting[0];
        const answer = await socket.call("send_message", { conversationId: id, content: draft.content, clientId: draft.clientId });
        if (answer.ok) {
          if (answer.message.seq === last + 1) show(answer.message);
          else await join();
          // Shown by the event or by the answer: either way it is stored.
          const still = waiting.indexOf(draft);
          if (still >= 0) { waiting.splice(still, 1); draft.item.remove(); }
        } else if (answer.error.code === "rate_limited") {
          await new Promise((done) => { setTimeout(done, answer.error.retryAfterMs); });
        } else {
          fail(draft, answer.error.message);
          waiting.shift();
        }
      }
    } catch { /* lost: on the next connection */ } finally { sending = false; }
  };

  const fail = (draft, why) => {
    draft.item.classList.add("failed");
    const tick = $(".tick", draft.item);
    const again = document.createElement("button");
    again.type = "button";
    again.className = "plain-button";
    again.textContent = words.failed;
    again.title = why;
    again.onclick = () => {
      draft.item.classList.remove("failed");
      tick.textContent = words.sending;
      waiting.push(draft);
      flush();
    };
    tick.replaceChildren(again);
  };

  const say = (content) => {
    const draft = { content, clientId: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`, item: bubble(true, { type: "text", content }) };
    $(".tick", draft.item).textContent = words.sending;
    log.append(draft.item);
    waiting.push(draft);
    toEnd();
    flush();
  };

  const connectionLine = (down) => { $("#line").hidden = !down; };
  let typingOff;
  const socket = new Socket({
    connect() {
      connectionLine(false);
      join().then(() => { markRead(); return flush(); }).catch(() => {});
    },
    disconnect() {
      connectionLine(true);
      $("#typing").textContent = "";
      presence(false);
    },
    refused() {
      connectionLine(true);
      $("#line").textContent = words.signedOut;
    },
    new_message(message) {
      if (message.conversationId !== id) return;
      if (message.seq > last + 1) join().then(markRead, () => {});
      else { show(message); markRead(); }
    },
    message_read({ conversationId, userId, seq }) {
      if (conversationId !== id || userId === me) return;
      otherRead = Math.max(otherRead, seq);
      ticks();
    },
    reaction({ conversationId, seq, userId, emoji }) {
      const item = conversationId === id && document.getElementById(`m${seq}`);
      if (item) showReaction(item, userId, emoji);
    },
    typing_start({ conversationId, userId }) {
      if (conversationId !== id || userId === me) return;
      $("#typing").textContent = words.typing;
      clearTimeout(typingOff);
      typingOff = setTimeout(() => { $("#typing").textContent = ""; }, 6000);
    },
    typing_stop({ conversationId, userId }) {
      if (conversationId === id && userId !== me) $("#typing").textContent = "";
    },
    presence({ conversationId, userId, online }) {
      if (conversationId === id && userId !== me) presence(online);
    },
  });

  if (form) {
    const field = $("#say");
    let typing = 0;
    const stopTyping = () => {
      if (typing) socket.call("typing_stop", { conversationId: id }).catch(() => {});
      typing = 0;
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const content = field.value.trim();
      if (!content) return;
      field.value = "";
      stopTyping();
      say(content);
      field.focus();
    });
    field.addEventListener("keydown", (event) => {
      // On a phone the key beside the letters makes a line, as everywhere.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(hover: hover)").matches) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    field.addEventListener("input", () => {
      if (!field.value) { stopTyping(); return; }
      if (Date.now() - typing > 3000) {
        typing = Date.now();
        socket.call("typing_start", { conversationId: id }).catch(() => {});
      }
    });
    field.addEventListener("blur", stopTyping);
    field.addEventListener("focus", () => setTimeout(toEnd, 300));
  }

  log.addEventListener("submit", (event) => {
    const emoji = event.submitter && event.submitter.value;
    if (!event.target.closest(".react") || !socket.connected) return;
    event.preventDefault();
    event.target.closest("details").open = false;
    const item = event.target.closest("li");
    socket.call("reaction", { messageId: Number(item.dataset.id), emoji: emoji || null }).catch(() => event.target.submit());
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll(".react[open], .menu[open]")) if (!open.contains(event.target)) open.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const open of document.querySelectorAll(".react[open], .menu[open]")) open.open = false;
  });
  document.addEventListener("visibilitychange", markRead);

  // What can be seen above a phone's keyboard is all there is.
  if (window.visualViewport) {
    const fit = () => {
      const follow = atEnd();
      scrollTo(0, 0); // phones push the page up when their keyboard opens
      document.documentElement.style.setProperty("--seen", `${visualViewport.height}px`);
      if (follow) toEnd();
    };
    visualViewport.addEventListener("resize", fit);
    fit();
  }
  if (!location.hash || location.hash === `#m${last}`) toEnd();
}

const list = $("[data-chat-inbox]");
if (list) inbox(list);
const chat = $("[data-chat]");
if (chat && chat.dataset.live === "true") conversation(chat);
