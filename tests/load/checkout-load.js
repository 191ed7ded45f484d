// The seed's load test: log in, list the products, begin a checkout, wait a second, again.
//
//   k6 run tests/load/checkout-load.js                       the seed's 21 minutes, to 1000 users
//   QUICK=1 k6 run tests/load/checkout-load.js               the same shape in a minute, to 300 users
//
// BASE_URL   where TextiSur is (http://localhost:3000)
// P95        the bar for the 95th percentile in milliseconds (500, the seed's)
// QUICK_SECONDS, QUICK_USERS   length and peak of a quick run
import http from 'k6/http';
import { check, sleep } from 'k6';
import { Rate } from 'k6/metrics';

const BASE_URL = (__ENV.BASE_URL || 'http://localhost:3000').replace(/\/$/, '');
const JSON_BODY = { 'Content-Type': 'application/json' };

const SEED_STAGES = [
  { seconds: 120, target: 100 }, // ramp up to 100 users
  { seconds: 300, target: 100 }, // stay at 100 users
  { seconds: 120, target: 500 }, // ramp up to 500 users
  { seconds: 300, target: 500 }, // stay at 500 users
  { seconds: 120, target: 1000 }, // spike to 1000 users
  { seconds: 180, target: 1000 }, // stay at peak
  { seconds: 120, target: 0 }, // ramp down
];

function stages() {
  let time = 1;
  let users = 1;
  if (__ENV.QUICK) {
    time = Number(__ENV.QUICK_SECONDS || 60) / SEED_STAGES.reduce((sum, stage) => sum + stage.seconds, 0);
    users = Number(__ENV.QUICK_USERS || 300) / 1000;
  }
  return SEED_STAGES.map(({ seconds, target }) => ({
    duration: `${Math.round(seconds * time * 1000)}ms`,
    target: Math.round(target * users),
  }));
}

const errors = new Rate('errors');

export const options = {
  stages: stages(),
  thresholds: {
    http_req_duration: [`p(95)<${__ENV.P95 || 500}`],
    http_req_failed: ['rate<0.01'],
    errors: ['rate<0.1'],
  },
};

// The seed adds only failures to its rate, which makes it 100 % after the first one; here it is the share that failed.
function expect(response, conditions) {
  const holds = check(response, conditions);
  errors.add(!holds);
  return holds;
}

// An answer that is no JSON at all fails the check, rather than ending the iteration.
function field(response, name) {
  try {
    return response.json(name);
  } catch {
    return undefined;
  }
}

export default function () {
  const login = http.post(
    `${BASE_URL}/api/auth/login`,
    JSON.stringify({ email: `user${__VU}@test.com`, password: 'TestPassword123!' }),
    { headers: JSON_BODY },
  );
  expect(login, { 'login status 200': (r) => r.status === 200 });
  const bearer = { Authorization: `Bearer ${field(login, 'token')}` };

  const products = http.get(`${BASE_URL}/api/products`, { headers: bearer });
  expect(products, { 'products loaded': (r) => r.status === 200 && field(r, 'products.#') > 0 });

  const checkout = http.post(`${BASE_URL}/api/checkout`, JSON.stringify({ items: [{ productId: 1, quantity: 1 }] }), {
    headers: { ...bearer, ...JSON_BODY },
  });
  expect(checkout, { 'checkout created': (r) => r.status === 200 && Boolean(field(r, 'sessionId')) });

  sleep(1);
}
