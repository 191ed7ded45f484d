// Stripe's own Node.js library against the payment sandbox: only the host differs.
//
//   PAYMENT_SANDBOX_URL=http://localhost:12111 node --test tests/conformance/stripe/stripe.test.mjs
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { randomUUID } from "node:crypto";
import Stripe from "stripe";

const base = new URL(process.env.PAYMENT_SANDBOX_URL ?? "http://localhost:12111");

const client = (key = "sk_test_conformance_node", options = {}) =>
  new Stripe(key, { host: base.hostname, port: base.port, protocol: base.protocol.slice(0, -1), maxNetworkRetries: 0, ...options });
const stripe = client();

const line = (unit_amount, quantity = 1, name = "Suéter de lana") => ({
  price_data: {
    currency: "mxn",
    unit_amount,
    product_data: { name, description: "Talla M", images: ["http://localhost:3000/media/1.webp"], metadata: { sku: "S-1" } },
  },
  quantity,
});

const order = (extra = {}) => ({
  mode: "payment",
  line_items: [line(34950, 2), line(10000)],
  success_url: "http://localhost:3000/orders/success?session_id={CHECKOUT_SESSION_ID}",
  cancel_url: "http://localhost:3000/cart",
  client_reference_id: "purchase-7",
  customer_email: "test@example.com",
  metadata: { purchase_id: "7" },
  payment_intent_data: { metadata: { purchase_id: "7" } },
  locale: "es",
  ...extra,
});

const card = { cardNumber: "4242 4242 4242 4242", cardExpiry: "12/34", cardCvc: "123", billingName: "Test User" };

/** Submits the hosted page's form, as a browser would. */
const pay = (session, fields = {}) =>
  fetch(session.url, { method: "POST", body: new URLSearchParams({ ...card, ...fields }), redirect: "manual" });

const rejects = async (promise, expected) => {
  const error = await promise.then(
    () => assert.fail("should have been refused"),
    (error) => error,
  );
  for (const [key, value] of Object.entries(expected)) assert.deepEqual(error[key], value, `${key}: ${error.message}`);
  return error;
};

const until = async (what, attempts = 100) => {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const found = await what();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("did not happen in time");
};

describe("checkout sessions", () => {
  test("are created open, with Stripe's shape", async () => {
    const session = await stripe.checkout.sessions.create(order());
    assert.equal(session.object, "checkout.session");
    assert.match(session.id, /^cs_test_[a-zA-Z0-9]+$/);
    assert.equal(session.status, "open");
    assert.equal(session.payment_status, "unpaid");
    assert.equal(session.amount_total, 79900);
    assert.equal(session.amount_subtotal, 79900);
    assert.equal(session.currency, "mxn");
    assert.equal(session.livemode, false);
    assert.equal(session.payment_intent, null);
    assert.equal(session.client_reference_id, "purchase-7");
    assert.deepEqual(session.metadata, { purchase_id: "7" });
    assert.match(session.url, /\/checkout\.stripe\.com\/c\/pay\/cs_test_/);
    assert.equal(session.expires_at - session.created, 24 * 60 * 60);
    assert.match(session.lastResponse.requestId, /^req_/);
    assert.equal(session.lastResponse.headers["stripe-version"], Stripe.API_VERSION ?? session.lastResponse.apiVersion);
  });

  test("are retrieved, with lines and products expanded", async () => {
    const { id } = await stripe.checkout.sessions.create(order());
    const session = await stripe.checkout.sessions.retrieve(id, { expand: ["line_items.data.price.product"] });
    const [first, second] = session.line_items.data;
    assert.equal(first.amount_total, 69900);
    assert.equal(first.quantity, 2);
    assert.equal(first.description, "Suéter de lana");
    assert.equal(first.price.unit_amount, 34950);
    assert.equal(first.price.product.name, "Suéter de lana");
    assert.deepEqual(first.price.product.metadata, { sku: "S-1" });
    assert.equal(second.amount_total, 10000);
    const product = await stripe.products.retrieve(first.price.product.id);
    assert.equal(product.name, "Suéter de lana");
  });

  test("list their lines page by page", async () => {
    const lines = Array.from({ length: 12 }, (_, at) => line(1000 + at, 1, `Prenda ${at}`));
    const { id } = await stripe.checkout.sessions.create(order({ line_items: lines }));
    const first = await stripe.checkout.sessions.listLineItems(id, { limit: 5 });
    assert.equal(first.data.length, 5);
    assert.equal(first.has_more, true);
    const names = [];
    for await (const item of stripe.checkout.sessions.listLineItems(id, { limit: 5 })) names.push(item.description);
    assert.deepEqual(names, lines.map((one) => one.price_data.product_data.name));
  });

  test("may name a price from the catalogue", async () => {
    const product = await stripe.products.create({ name: "Rebozo", images: ["http://localhost:3000/r.webp"] });
    const price = await stripe.prices.create({ product: product.id, currency: "mxn", unit_amount: 55000, lookup_key: randomUUID() });
    const session = await stripe.checkout.sessions.create(order({ line_items: [{ price: price.id, quantity: 3 }] }));
    assert.equal(session.amount_total, 165000);
    const items = await stripe.checkout.sessions.listLineItems(session.id);
    assert.equal(items.data[0].price.id, price.id);
    assert.equal(items.data[0].description, "Rebozo");
    const found = await stripe.prices.list({ lookup_keys: [price.lookup_key], expand: ["data.product"] });
    assert.equal(found.data[0].product.name, "Rebozo");
  });

  test("expire once", async () => {
    const { id } = await stripe.checkout.sessions.create(order());
    const expired = await stripe.checkout.sessions.expire(id);
    assert.equal(expired.status, "expired");
    assert.equal(expired.url, null);
    const error = await rejects(stripe.checkout.sessions.expire(id), { type: "StripeInvalidRequestError", statusCode: 400 });
    assert.match(error.message, /Only Checkout Sessions with a status in \["open"\]/);
  });

  test("are paid on the hosted page, once, however often it is submitted", async () => {
    const created = await stripe.checkout.sessions.create(order());
    const answers = await Promise.all([pay(created), pay(created), pay(created)]);
    for (const answer of answers) {
      assert.equal(answer.status, 303);
      assert.equal(answer.headers.get("location"), `http://localhost:3000/orders/success?session_id=${created.id}`);
    }
    const session = await stripe.checkout.sessions.retrieve(created.id, { expand: ["payment_intent.latest_charge"] });
    assert.equal(session.status, "complete");
    assert.equal(session.payment_status, "paid");
    assert.equal(session.url, null);
    assert.equal(session.customer_details.email, "test@example.com");
    assert.equal(session.customer_details.name, "Test User");
    assert.equal(session.payment_intent.status, "succeeded");
    assert.equal(session.payment_intent.amount_received, 79900);
    assert.deepEqual(session.payment_intent.metadata, { purchase_id: "7" });
    assert.equal(session.payment_intent.latest_charge.payment_method_details.card.last4, "4242");
    const charges = await stripe.charges.list({ payment_intent: session.payment_intent.id });
    assert.equal(charges.data.length, 1);
    const byIntent = await stripe.checkout.sessions.list({ payment_intent: session.payment_intent.id });
    assert.deepEqual(byIntent.data.map((one) => one.id), [created.id]);
  });

  test("stay open after a declined card and take another", async () => {
    const created = await stripe.checkout.sessions.create(order());
    const declined = await pay(created, { cardNumber: "4000000000009995" });
    assert.equal(declined.status, 303);
    const page = await (await fetch(new URL(declined.headers.get("location"), created.url))).text();
    assert.match(page, /fondos insuficientes/);
    const session = await stripe.checkout.sessions.retrieve(created.id, { expand: ["payment_intent"] });
    assert.equal(session.status, "open");
    assert.equal(session.payment_intent.status, "requires_payment_method");
    assert.equal(session.payment_intent.last_payment_error.decline_code, "insufficient_funds");
    assert.equal((await pay(created)).status, 303);
    assert.equal((await stripe.checkout.sessions.retrieve(created.id)).payment_status, "paid");
  });

  test("list newest first, in pages, both ways", async () => {
    const email = `${randomUUID()}@example.com`;
    const ids = [];
    for (let at = 0; at < 5; at += 1) ids.unshift((await stripe.checkout.sessions.create(order({ customer_email: email }))).id);
    const filter = { customer_details: { email } };
    const first = await stripe.checkout.sessions.list({ limit: 2, ...filter });
    assert.deepEqual(first.data.map((one) => one.id), ids.slice(0, 2));
    assert.equal(first.has_more, true);
    assert.equal(first.url, "/v1/checkout/sessions");
    const next = await stripe.checkout.sessions.list({ limit: 2, starting_after: ids[1], ...filter });
    assert.deepEqual(next.data.map((one) => one.id), ids.slice(2, 4));
    const last = await stripe.checkout.sessions.list({ limit: 2, starting_after: ids[3], ...filter });
    assert.deepEqual(last.data.map((one) => one.id), ids.slice(4));
    assert.equal(last.has_more, false);
    const back = await stripe.checkout.sessions.list({ limit: 2, ending_before: ids[3], ...filter });
    assert.deepEqual(back.data.map((one) => one.id), ids.slice(1, 3));
    assert.equal(back.has_more, true);
    const all = await stripe.checkout.sessions.list({ limit: 2, ...filter }).autoPagingToArray({ limit: 100 });
    assert.deepEqual(all.map((one) => one.id), ids);
  });
});

describe("errors", () => {
  test("name what is missing, unknown, malformed or too small", async () => {
    const invalid = { type: "StripeInvalidRequestError", statusCode: 400 };
    const create = (extra) => stripe.checkout.sessions.create(order(extra));
    await rejects(create({ success_url: undefined }), { ...invalid, code: "parameter_missing", param: "success_url" });
    await rejects(create({ line_items: [{ price_data: { unit_amount: 5000, product_data: { name: "x" } }, quantity: 1 }] }), {
      ...invalid, code: "parameter_missing", param: "line_items[0][price_data][currency]",
    });
    await rejects(create({ colour: "teal" }), { ...invalid, code: "parameter_unknown", param: "colour" });
    await rejects(create({ line_items: [line(34950, "two")] }), { ...invalid, code: "parameter_invalid_integer", param: "line_items[0][quantity]" });
    await rejects(create({ line_items: [line(999)] }), { ...invalid, code: "amount_too_small" });
    await rejects(create({ success_url: "nowhere" }), { ...invalid, code: "url_invalid", param: "success_url" });
    await rejects(create({ expires_at: Math.floor(Date.now() / 1000) + 60 }), { ...invalid, param: "expires_at" });
    await rejects(create({ customer_email: "nobody" }), { ...invalid, code: "email_invalid", param: "customer_email" });
    await rejects(stripe.checkout.sessions.list({ limit: 101 }), { ...invalid, param: "limit" });
    await rejects(stripe.checkout.sessions.retrieve("cs_test_none"), { ...invalid, statusCode: 404, code: "resource_missing", param: "session" });
    await rejects(stripe.checkout.sessions.list({ starting_after: "cs_test_none" }), { ...invalid, code: "resource_missing", param: "starting_after" });
    const error = await rejects(stripe.paymentIntents.create({ amount: 999, currency: "mxn" }), { ...invalid, code: "amount_too_small", param: "amount" });
    assert.match(error.requestId, /^req_/);
    assert.equal(error.doc_url, "https://stripe.com/docs/error-codes/amount-too-small");
  });

  test("refuse keys that are missing, malformed or live", async () => {
    for (const key of ["sk_live_abcdef123456", "nonsense", "pk_test_abc"]) {
      await rejects(client(key).balance.retrieve(), { type: "StripeAuthenticationError", statusCode: 401 });
    }
    const answer = await fetch(new URL("/v1/balance", base));
    assert.equal(answer.status, 401);
    assert.equal((await answer.json()).error.type, "invalid_request_error");
    const basic = await fetch(new URL("/v1/balance", base), { headers: { authorization: `Basic ${btoa("sk_test_basic:")}` } });
    assert.equal((await basic.json()).object, "balance");
  });
});

describe("payment intents", () => {
  const paid = (payment_method = "pm_card_visa", extra = {}) =>
    stripe.paymentIntents.create({ amount: 50000, currency: "mxn", payment_method, payment_method_types: ["card"], confirm: true, ...extra });

  test("succeed, are declined, or ask for action by their test card", async () => {
    assert.equal((await paid()).status, "succeeded");
    assert.equal((await paid("pm_card_threeDSecure2Required", { return_url: "http://localhost:3000/back" })).status, "requires_action");
    const declines = {
      pm_card_chargeDeclined: ["card_declined", "generic_decline"],
      pm_card_chargeDeclinedInsufficientFunds: ["card_declined", "insufficient_funds"],
      pm_card_chargeDeclinedExpiredCard: ["expired_card", "expired_card"],
      pm_card_chargeDeclinedProcessingError: ["processing_error", "processing_error"],
    };
    for (const [method, [code, decline_code]] of Object.entries(declines)) {
      const error = await rejects(paid(method), { type: "StripeCardError", statusCode: 402, code, decline_code });
      assert.equal(error.payment_intent.status, "requires_payment_method");
      assert.match(error.charge, /^ch_/);
    }
  });

  test("are confirmed, captured in part and cancelled", async () => {
    const intent = await stripe.paymentIntents.create({ amount: 50000, currency: "mxn", capture_method: "manual" });
    assert.equal(intent.status, "requires_payment_method");
    await rejects(stripe.paymentIntents.confirm(intent.id), { code: "payment_intent_unexpected_state", statusCode: 400 });
    const held = await stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_mastercard" });
    assert.equal(held.status, "requires_capture");
    assert.equal(held.amount_capturable, 50000);
    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 30000 });
    assert.equal(captured.status, "succeeded");
    assert.equal(captured.amount_received, 30000);
    await rejects(stripe.paymentIntents.cancel(intent.id), { code: "payment_intent_unexpected_state" });
    const other = await stripe.paymentIntents.create({ amount: 50000, currency: "mxn" });
    const canceled = await stripe.paymentIntents.cancel(other.id, { cancellation_reason: "abandoned" });
    assert.equal(canceled.status, "canceled");
    assert.equal(canceled.cancellation_reason, "abandoned");
  });

  test("are refunded in part, then whole, never beyond", async () => {
    const intent = await paid();
    const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 20000, reason: "requested_by_customer" });
    assert.equal(part.status, "succeeded");
    assert.equal(part.amount, 20000);
    assert.equal(part.charge, intent.latest_charge);
    await rejects(stripe.refunds.create({ payment_intent: intent.id, amount: 30001 }), { type: "StripeInvalidRequestError", param: "amount" });
    const rest = await stripe.refunds.create({ charge: intent.latest_charge });
    assert.equal(rest.amount, 30000);
    await rejects(stripe.refunds.create({ payment_intent: intent.id }), { code: "charge_already_refunded", statusCode: 400 });
    const charge = await stripe.charges.retrieve(intent.latest_charge, { expand: ["refunds", "balance_transaction"] });
    assert.equal(charge.refunded, true);
    assert.equal(charge.amount_refunded, 50000);
    assert.equal(charge.refunds.data.length, 2);
    assert.equal(charge.balance_transaction.amount, 50000);
    const listed = await stripe.refunds.list({ payment_intent: intent.id });
    assert.deepEqual(listed.data.map((one) => one.id), [rest.id, part.id]);
    await rejects(stripe.refunds.create({}), { code: "parameter_missing" });
  });
});

describe("idempotency", () => {
  const replayed = (object) => object.lastResponse.headers["idempotent-replayed"];

  test("replays the first answer to the same key and parameters", async () => {
    const idempotencyKey = randomUUID();
    const first = await stripe.checkout.sessions.create(order(), { idempotencyKey });
    assert.equal(replayed(first), undefined);
    assert.equal(first.lastResponse.headers["idempotency-key"], idempotencyKey);
    await pay(first);
    const again = await stripe.checkout.sessions.create(order(), { idempotencyKey });
    assert.equal(replayed(again), "true");
    assert.equal(again.lastResponse.headers["original-request"], first.lastResponse.requestId);
    assert.deepEqual({ ...again }, { ...first });
  });

  test("replays refusals that were carried out, and forgets bad parameters", async () => {
    const declined = { amount: 50000, currency: "mxn", payment_method: "pm_card_chargeDeclined", confirm: true };
    const idempotencyKey = randomUUID();
    const first = await rejects(stripe.paymentIntents.create(declined, { idempotencyKey }), { statusCode: 402 });
    const again = await rejects(stripe.paymentIntents.create(declined, { idempotencyKey }), { statusCode: 402 });
    assert.equal(again.payment_intent.id, first.payment_intent.id);
    const other = randomUUID();
    await rejects(stripe.refunds.create({}, { idempotencyKey: other }), { code: "parameter_missing" });
    const intent = await stripe.paymentIntents.create({ amount: 50000, currency: "mxn" }, { idempotencyKey: other });
    assert.equal(intent.amount, 50000);
  });

  test("refuses the same key with other parameters or for another endpoint", async () => {
    const idempotencyKey = randomUUID();
    await stripe.paymentIntents.create({ amount: 50000, currency: "mxn" }, { idempotencyKey });
    await rejects(stripe.paymentIntents.create({ amount: 60000, currency: "mxn" }, { idempotencyKey }), { type: "StripeIdempotencyError", statusCode: 400 });
    await rejects(stripe.customers.create({}, { idempotencyKey }), { type: "StripeIdempotencyError" });
    const elsewhere = await client("sk_test_another_account").paymentIntents.create({ amount: 60000, currency: "mxn" }, { idempotencyKey });
    assert.equal(elsewhere.amount, 60000);
  });

  test("carries out one of many concurrent requests", async () => {
    const idempotencyKey = randomUUID();
    const params = { amount: 50000, currency: "mxn", payment_method: "pm_card_visa", confirm: true };
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => stripe.paymentIntents.create(params, { idempotencyKey })));
    const ids = new Set(results.filter((one) => one.status === "fulfilled").map((one) => one.value.id));
    assert.equal(ids.size, 1);
    for (const { reason } of results.filter((one) => one.status === "rejected")) assert.equal(reason.code, "idempotency_key_in_use");
  });
});

describe("customers", () => {
  test("are created, changed, listed and deleted", async () => {
    const email = `${randomUUID()}@example.com`;
    const customer = await stripe.customers.create({ email, name: "Ana", metadata: { a: "1", b: "2" } });
    const changed = await stripe.customers.update(customer.id, { name: "Ana María", metadata: { a: "", c: "3" } });
    assert.equal(changed.name, "Ana María");
    assert.deepEqual(changed.metadata, { b: "2", c: "3" });
    assert.deepEqual((await stripe.customers.list({ email })).data.map((one) => one.id), [customer.id]);
    const session = await stripe.checkout.sessions.create(order({ customer: customer.id, customer_email: undefined }));
    const expanded = await stripe.checkout.sessions.retrieve(session.id, { expand: ["customer"] });
    assert.equal(expanded.customer.email, email);
    assert.equal((await stripe.customers.del(customer.id)).deleted, true);
    assert.equal((await stripe.customers.retrieve(customer.id)).deleted, true);
    await rejects(stripe.customers.retrieve("cus_none"), { code: "resource_missing", statusCode: 404 });
  });
});

describe("webhooks", () => {
  const received = [];
  let server;
  let endpoint;

  before(async () => {
    let refusals = 1;
    server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      // The first delivery is refused: it must come again.
      response.statusCode = refusals > 0 ? 500 : 200;
      if (refusals > 0) refusals -= 1;
      else received.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    endpoint = await stripe.webhookEndpoints.create({
      url: `http://127.0.0.1:${server.address().port}/hook`,
      enabled_events: ["checkout.session.completed", "charge.refunded"],
    });
  });

  after(async () => {
    await stripe.webhookEndpoints.del(endpoint.id);
    server.close();
  });

  test("are signed so that constructEvent takes them, and come again after a refusal", async () => {
    assert.match(endpoint.secret, /^whsec_/);
    assert.equal((await stripe.webhookEndpoints.retrieve(endpoint.id)).secret, undefined);
    const session = await stripe.checkout.sessions.create(order({ metadata: { purchase_id: "webhook" } }));
    await pay(session);
    const of = (type, id) => received.find(({ body }) => {
      const event = JSON.parse(body);
      return event.type === type && event.data.object.id === id;
    });
    const { headers, body } = await until(() => of("checkout.session.completed", session.id));
    const event = stripe.webhooks.constructEvent(body, headers["stripe-signature"], endpoint.secret);
    assert.equal(event.object, "event");
    assert.equal(event.data.object.payment_status, "paid");
    assert.deepEqual(event.data.object.metadata, { purchase_id: "webhook" });
    assert.throws(() => stripe.webhooks.constructEvent(body, headers["stripe-signature"], "whsec_other"), /signature/i);
    assert.throws(() => stripe.webhooks.constructEvent(`${body} `, headers["stripe-signature"], endpoint.secret), /signature/i);
    const stored = await stripe.events.retrieve(event.id);
    assert.equal(stored.type, "checkout.session.completed");

    const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent"] });
    await stripe.refunds.create({ payment_intent: paid.payment_intent.id });
    await until(() => of("charge.refunded", paid.payment_intent.latest_charge));
    assert.ok(!received.some(({ body }) => JSON.parse(body).type === "payment_intent.succeeded"), "not asked for");
    const events = await stripe.events.list({ types: ["charge.refunded", "refund.created"], limit: 2 });
    assert.deepEqual(events.data.map((one) => one.type).sort(), ["charge.refunded", "refund.created"]);
  });

  test("endpoints are listed and changed", async () => {
    const changed = await stripe.webhookEndpoints.update(endpoint.id, { description: "prueba" });
    assert.equal(changed.description, "prueba");
    assert.ok((await stripe.webhookEndpoints.list()).data.some((one) => one.id === endpoint.id));
  });
});
