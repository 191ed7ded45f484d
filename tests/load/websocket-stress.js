// The seed's WebSocket stress test, with the framing that Engine.IO 4 and Socket.IO 5 have: 500 sockets, each in a conversation of its
// own, saying something every few seconds and listening for it to come back.
//
//   k6 run tests/load/websocket-stress.js                    the seed's five minutes, 500 sockets
//   QUICK=1 k6 run tests/load/websocket-stress.js            the same shape in half a minute
//
// BASE_URL   where TextiSur is (http://localhost:3000)
// QUICK_SECONDS, QUICK_SOCKETS   length and peak of a quick run
import { check } from 'k6';
import http from 'k6/http';
import { Counter, Rate, Trend } from 'k6/metrics';
import ws from 'k6/ws';

const BASE_URL = (__ENV.BASE_URL || 'http://localhost:3000').replace(/\/$/, '');
const JSON_BODY = { 'Content-Type': 'application/json' };
const SEED_STAGES = [
  { seconds: 60, target: 500 },
  { seconds: 180, target: 500 },
  { seconds: 60, target: 0 },
];
const time = __ENV.QUICK ? Number(__ENV.QUICK_SECONDS || 30) / 300 : 1;
const crowd = __ENV.QUICK ? Number(__ENV.QUICK_SOCKETS || 500) / 500 : 1;
// The seed's 30 seconds a socket and 5 between messages; a quick run keeps the sockets but lets them say as much in less time.
const SOCKET_MS = Math.max(30_000 * time * 2, 6_000);
const EVERY_MS = SOCKET_MS / 6;
const LAST_WORDS_MS = 2_500;

const connected = new Rate('socket_connected');
const arrived = new Rate('message_arrived');
const refused = new Counter('message_refused');
const delivery = new Trend('message_delivery', true);

export const options = {
  stages: SEED_STAGES.map(({ seconds, target }) => ({
    duration: `${Math.round(seconds * time * 1000)}ms`,
    target: Math.round(target * crowd),
  })),
  thresholds: {
    socket_connected: ['rate>0.99'],
    message_arrived: ['rate==1'],
    message_refused: ['count==0'],
  },
};

// Once a virtual user: who it is and where it talks.
let seat;
function sit() {
  const login = http.post(
    `${BASE_URL}/api/auth/login`,
    JSON.stringify({ email: `user${((__VU - 1) % 1000) + 1}@test.com`, password: 'TestPassword123!' }),
    { headers: JSON_BODY },
  );
  const token = login.status === 200 && login.json('token');
  const opened = http.post(`${BASE_URL}/api/conversations`, JSON.stringify({ productId: ((__VU - 1) % 100) + 1 }), {
    headers: { ...JSON_BODY, Authorization: `Bearer ${token}` },
  });
  if (!check(opened, { 'conversation opened': (answer) => answer.status === 201 })) return undefined;
  return { token, conversationId: opened.json('id') };
}

export default function () {
  seat = seat || sit();
  if (!seat) return;
  const { token, conversationId } = seat;
  const waiting = new Map();
  let joined = false;
  let count = 0;

  const url = `${BASE_URL.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const answer = ws.connect(url, {}, (socket) => {
    const emit = (ack, event, payload) => socket.send(`42${ack}${JSON.stringify([event, payload])}`);
    const say = () => {
      const clientId = `${__VU}-${__ITER}-${(count += 1)}`;
      waiting.set(clientId, Date.now());
      emit(1, 'send_message', { conversationId, content: `Mensaje ${clientId}`, clientId });
    };
    socket.on('message', (packet) => {
      if (packet[0] === '0') socket.send(`40${JSON.stringify({ token })}`);
      else if (packet === '2') socket.send('3');
      else if (packet.startsWith('40')) emit(0, 'join_conversation', { conversationId });
      else if (packet.startsWith('430')) {
        joined = JSON.parse(packet.slice(3))[0].ok;
        if (joined) {
          say();
          socket.setInterval(() => { if (Date.now() < last) say(); }, EVERY_MS);
        }
      } else if (packet.startsWith('431') && !JSON.parse(packet.slice(3))[0].ok) refused.add(1);
      else if (packet.startsWith('42["new_message"')) {
        const [, { clientId }] = JSON.parse(packet.slice(2));
        if (waiting.has(clientId)) {
          delivery.add(Date.now() - waiting.get(clientId));
          arrived.add(true);
          waiting.delete(clientId);
        }
      }
    });
    const last = Date.now() + SOCKET_MS - LAST_WORDS_MS;
    socket.setTimeout(() => socket.close(), SOCKET_MS);
  });
  for (const clientId of waiting.keys()) {
    console.error(`${clientId} did not arrive`);
    arrived.add(false);
  }
  connected.add(check(answer, { 'upgraded and joined': (one) => one && one.status === 101 && joined }));
}
