// OpenTelemetry's own SDK for Node sends spans by each of OTLP's three transports, and Jaeger's API is asked for them.
//
//   OTLP_HTTP_URL=http://127.0.0.1:4318 OTLP_GRPC_ADDR=http://127.0.0.1:4317 JAEGER_URL=http://127.0.0.1:16686 node otel.mjs
//
// Needs @opentelemetry/{api,resources,sdk-trace-node,exporter-trace-otlp-{http,proto,grpc}}.

import assert from "node:assert/strict";
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as Grpc } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as Json } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as Proto } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value.replace(/\/$/, "");
}

const http = `${setting("OTLP_HTTP_URL")}/v1/traces`;
const grpc = setting("OTLP_GRPC_ADDR");
const jaeger = setting("JAEGER_URL");
const run = Math.random().toString(36).slice(2, 8);

const exporters = {
  "http-json": () => new Json({ url: http, compression: "none" }),
  "http-json-gzip": () => new Json({ url: http, compression: "gzip" }),
  "http-protobuf": () => new Proto({ url: http, compression: "gzip" }),
  grpc: () => new Grpc({ url: grpc.includes("://") ? grpc : `http://${grpc}` }),
  "grpc-gzip": () => new Grpc({ url: grpc.includes("://") ? grpc : `http://${grpc}`, compression: "gzip" }),
};

// A purchase: a root, a call that fails with an event, and a job that is linked to it.
async function send(name, exporter) {
  const service = `otel-${name}-${run}`;
  const failures = [];
  // The SDK swallows what an exporter fails at; it must not pass here.
  const export_ = exporter.export.bind(exporter);
  exporter.export = (spans, done) =>
    export_(spans, (result) => {
      if (result.code !== 0) failures.push(result.error ?? new Error("export failed"));
      done(result);
    });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": service, "deployment.environment.name": "proof" }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer("proof", "1.2.3");

  const root = tracer.startSpan("POST /checkout", { kind: SpanKind.SERVER, root: true });
  root.setAttributes({ "http.response.status_code": 503, share: 0.5, cached: false, tags: ["a", "b"], "señal": "ñandú" });
  const within = trace.setSpan(ROOT_CONTEXT, root);
  const call = tracer.startSpan("pay", { kind: SpanKind.CLIENT }, within);
  call.addEvent("retrying", { attempt: 2 });
  call.recordException(new TypeError("no route"));
  call.setStatus({ code: SpanStatusCode.ERROR, message: "payment failed" });
  call.end();
  const job = tracer.startSpan("job", { kind: SpanKind.CONSUMER, links: [{ context: call.spanContext() }] }, within);
  job.end();
  root.end();
  await provider.forceFlush();
  await provider.shutdown();
  assert.deepEqual(failures, [], `${name}: the exporter was refused`);
  return { service, root: root.spanContext(), call: call.spanContext(), job: job.spanContext() };
}

async function get(path, wanted = 200) {
  const answer = await fetch(`${jaeger}${path}`);
  const text = await answer.text();
  assert.equal(answer.status, wanted, `${path}: ${text}`);
  return JSON.parse(text);
}

const value = (tags, key) => tags.find((tag) => tag.key === key)?.value;

async function check(name, { service, root, call, job }) {
  const { data } = await get(`/api/traces/${root.traceId}`);
  assert.equal(data.length, 1);
  const found = data[0];
  const span = (id) => found.spans.find((span) => span.spanID === id);
  assert.equal(found.spans.length, 3, name);
  assert.deepEqual(Object.values(found.processes).map((process) => process.serviceName), [service]);
  assert.equal(value(Object.values(found.processes)[0].tags, "deployment.environment.name"), "proof");

  const parent = span(root.spanId);
  assert.equal(parent.operationName, "POST /checkout");
  assert.deepEqual(parent.references, []);
  assert.equal(value(parent.tags, "http.response.status_code"), 503);
  assert.equal(value(parent.tags, "share"), 0.5);
  assert.equal(value(parent.tags, "cached"), false);
  assert.equal(value(parent.tags, "tags"), '["a","b"]');
  assert.equal(value(parent.tags, "señal"), "ñandú");
  assert.equal(value(parent.tags, "span.kind"), "server");
  assert.equal(value(parent.tags, "otel.scope.name"), "proof");
  assert.equal(value(parent.tags, "otel.scope.version"), "1.2.3");

  const failed = span(call.spanId);
  assert.deepEqual(failed.references, [{ refType: "CHILD_OF", traceID: root.traceId, spanID: root.spanId }]);
  assert.equal(value(failed.tags, "error"), true);
  assert.equal(value(failed.tags, "otel.status_code"), "ERROR");
  assert.equal(value(failed.tags, "otel.status_description"), "payment failed");
  const events = failed.logs.map((log) => [value(log.fields, "event"), log]);
  assert.deepEqual(events.map(([name]) => name), ["retrying", "exception"]);
  assert.equal(value(events[0][1].fields, "attempt"), 2);
  assert.equal(value(events[1][1].fields, "exception.type"), "TypeError");

  const linked = span(job.spanId);
  assert.deepEqual(linked.references.map((reference) => [reference.refType, reference.spanID]), [
    ["CHILD_OF", root.spanId],
    ["FOLLOWS_FROM", call.spanId],
  ]);

  const names = await get("/api/services");
  assert.ok(names.data.includes(service));
  const operations = await get(`/api/operations?service=${service}`);
  assert.deepEqual(operations.data, [
    { name: "POST /checkout", spanKind: "server" },
    { name: "job", spanKind: "consumer" },
    { name: "pay", spanKind: "client" },
  ]);
  const tags = encodeURIComponent(JSON.stringify({ error: "true" }));
  const search = await get(`/api/traces?service=${service}&operation=pay&tags=${tags}&lookback=1h&limit=5`);
  assert.deepEqual(search.data.map((trace) => trace.traceID), [root.traceId]);
  const none = await get(`/api/traces?service=${service}&tag=error:false&limit=5`);
  assert.deepEqual(none.data, []);

  const v3 = await get(`/api/v3/traces/${root.traceId}`);
  const spans = v3.result.resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));
  assert.deepEqual(new Set(spans.map((span) => span.spanId)), new Set([root.spanId, call.spanId, job.spanId]));
  const from = new Date(Date.now() - 600_000).toISOString();
  const to = new Date(Date.now() + 600_000).toISOString();
  const time = `query.startTimeMin=${from}&query.startTimeMax=${to}`;
  const { summaries } = await get(`/api/v3/trace-summaries?query.serviceName=${service}&${time}`);
  assert.equal(summaries.length, 1);
  const { traceId, spanCount, errorSpanCount, orphanSpanCount, rootOperationName } = summaries[0];
  assert.deepEqual(
    { traceId, spanCount, errorSpanCount, orphanSpanCount, rootOperationName },
    { traceId: root.traceId, spanCount: 3, errorSpanCount: 1, orphanSpanCount: 0, rootOperationName: "POST /checkout" },
  );
}

for (const [name, exporter] of Object.entries(exporters)) {
  await context.with(ROOT_CONTEXT, async () => check(name, await send(name, exporter())));
  console.log(`ok ${name}`);
}
await get("/api/traces/00000000000000000000000000000abc", 404);
console.log(`${Object.keys(exporters).length} transports: sent, found and shown`);
