"""Stripe's own Python library against the payment sandbox: only the host differs.

    PAYMENT_SANDBOX_URL=http://localhost:12111 python tests/conformance/stripe/test_stripe.py
"""

import http.server
import os
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

import stripe

BASE = os.environ.get("PAYMENT_SANDBOX_URL", "http://localhost:12111").rstrip("/")


def client(key="sk_test_conformance_python"):
    return stripe.StripeClient(key, base_addresses={"api": BASE}, max_network_retries=0)


def line(unit_amount, quantity=1, name="Suéter de lana"):
    return {
        "price_data": {"currency": "mxn", "unit_amount": unit_amount, "product_data": {"name": name}},
        "quantity": quantity,
    }


def order(**extra):
    params = {
        "mode": "payment",
        "line_items": [line(34950, 2), line(10000)],
        "success_url": "http://localhost:3000/orders/success?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://localhost:3000/cart",
        "client_reference_id": "purchase-7",
        "customer_email": "test@example.com",
        "metadata": {"purchase_id": "7"},
        "payment_intent_data": {"metadata": {"purchase_id": "7"}},
    }
    params.update(extra)
    return {key: value for key, value in params.items() if value is not None}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def pay(session, number="4242424242424242"):
    """Submits the hosted page's form; the status and where it leads."""
    fields = {"cardNumber": number, "cardExpiry": "12/34", "cardCvc": "123", "billingName": "Test User"}
    opener = urllib.request.build_opener(NoRedirect)
    try:
        answer = opener.open(session.url, urllib.parse.urlencode(fields).encode())
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers.get("location")


class Checkout(unittest.TestCase):
    def setUp(self):
        self.sessions = client().v1.checkout.sessions

    def test_a_session_is_created_retrieved_paid_and_refunded(self):
        session = self.sessions.create(order())
        self.assertEqual(session.object, "checkout.session")
        self.assertEqual((session.status, session.payment_status, session.amount_total), ("open", "unpaid", 79900))
        self.assertEqual(session.metadata["purchase_id"], "7")
        self.assertIn("/checkout.stripe.com/c/pay/", session.url)
        self.assertEqual(pay(session), (303, f"http://localhost:3000/orders/success?session_id={session.id}"))

        paid = self.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge", "line_items"]})
        self.assertEqual((paid.status, paid.payment_status), ("complete", "paid"))
        self.assertEqual(paid.payment_intent.status, "succeeded")
        self.assertEqual(paid.payment_intent.latest_charge.amount_captured, 79900)
        self.assertEqual([item.amount_total for item in paid.line_items.data], [69900, 10000])

        refunds = client().v1.refunds
        part = refunds.create({"payment_intent": paid.payment_intent.id, "amount": 9900})
        self.assertEqual(part.status, "succeeded")
        with self.assertRaises(stripe.InvalidRequestError) as refused:
            refunds.create({"payment_intent": paid.payment_intent.id, "amount": 70001})
        self.assertEqual(refused.exception.param, "amount")
        refunds.create({"payment_intent": paid.payment_intent.id})
        with self.assertRaises(stripe.InvalidRequestError) as refused:
            refunds.create({"payment_intent": paid.payment_intent.id})
        self.assertEqual(refused.exception.code, "charge_already_refunded")

    def test_a_session_expires_once(self):
        session = self.sessions.create(order())
        self.assertEqual(self.sessions.expire(session.id).status, "expired")
        with self.assertRaises(stripe.InvalidRequestError):
            self.sessions.expire(session.id)

    def test_sessions_are_listed_in_pages(self):
        email = f"{uuid.uuid4()}@example.com"
        made = [self.sessions.create(order(customer_email=email)).id for _ in range(5)]
        page = self.sessions.list({"limit": 2, "customer_details": {"email": email}})
        self.assertTrue(page.has_more)
        self.assertEqual([one.id for one in page.auto_paging_iter()], made[::-1])

    def test_errors_carry_their_code_and_parameter(self):
        cases = [
            (order(success_url=None), "parameter_missing", "success_url"),
            (order(colour="teal"), "parameter_unknown", "colour"),
            (order(line_items=[line("many")]), "parameter_invalid_integer", "line_items[0][price_data][unit_amount]"),
            (order(line_items=[line(999)]), "amount_too_small", None),
        ]
        for params, code, param in cases:
            with self.subTest(code), self.assertRaises(stripe.InvalidRequestError) as refused:
                self.sessions.create(params)
            self.assertEqual((refused.exception.http_status, refused.exception.code), (400, code))
            self.assertEqual(refused.exception.param, param)
            self.assertTrue(refused.exception.request_id.startswith("req_"))
        with self.assertRaises(stripe.InvalidRequestError) as missing:
            self.sessions.retrieve("cs_test_none")
        self.assertEqual((missing.exception.http_status, missing.exception.code), (404, "resource_missing"))

    def test_keys_that_are_not_test_keys_are_refused(self):
        for key in ("sk_live_abcdef123456", "nonsense"):
            with self.subTest(key), self.assertRaises(stripe.AuthenticationError):
                client(key).v1.balance.retrieve()


class Intents(unittest.TestCase):
    def setUp(self):
        self.intents = client().v1.payment_intents

    def test_cards_succeed_or_are_declined(self):
        params = {"amount": 50000, "currency": "mxn", "confirm": True, "payment_method_types": ["card"]}
        self.assertEqual(self.intents.create({**params, "payment_method": "pm_card_visa"}).status, "succeeded")
        with self.assertRaises(stripe.CardError) as declined:
            self.intents.create({**params, "payment_method": "pm_card_chargeDeclinedInsufficientFunds"})
        self.assertEqual(declined.exception.http_status, 402)
        self.assertEqual(declined.exception.error.decline_code, "insufficient_funds")

    def test_an_idempotency_key_carries_out_one_request(self):
        params, options = {"amount": 50000, "currency": "mxn"}, {"idempotency_key": str(uuid.uuid4())}
        first = self.intents.create(params, options)
        again = self.intents.create(params, options)
        self.assertEqual(first.id, again.id)
        self.assertEqual(again.last_response.headers["Idempotent-Replayed"], "true")
        with self.assertRaises(stripe.IdempotencyError):
            self.intents.create({**params, "amount": 60000}, options)

    def test_prices_of_the_catalogue(self):
        product = client().v1.products.create({"name": "Rebozo"})
        price = client().v1.prices.create({"product": product.id, "currency": "mxn", "unit_amount": 55000})
        session = client().v1.checkout.sessions.create(order(line_items=[{"price": price.id, "quantity": 2}]))
        self.assertEqual(session.amount_total, 110000)
        self.assertEqual(str(price.unit_amount_decimal), "55000")


class Webhooks(unittest.TestCase):
    def test_signatures_hold(self):
        received = []

        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                received.append((self.headers["stripe-signature"], body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        endpoints = client().v1.webhook_endpoints
        endpoint = endpoints.create(
            {"url": f"http://127.0.0.1:{server.server_port}/", "enabled_events": ["checkout.session.completed"]}
        )
        self.addCleanup(endpoints.delete, endpoint.id)
        session = client().v1.checkout.sessions.create(order())
        pay(session)
        # Other sessions may be paid meanwhile: wait for this one.
        deadline = time.monotonic() + 10
        found = None
        while found is None and time.monotonic() < deadline:
            found = next((one for one in received if session.id.encode() in one[1]), None)
            time.sleep(0.02)
        self.assertIsNotNone(found)
        signature, body = found
        event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
        self.assertEqual(event["type"], "checkout.session.completed")
        self.assertEqual(event["data"]["object"]["id"], session.id)
        with self.assertRaises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, "whsec_other")


if __name__ == "__main__":
    unittest.main()
