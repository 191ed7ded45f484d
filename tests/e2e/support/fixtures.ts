// `test` with what every story needs: pages that are watched for requests to other parties and for errors in the console.
import { test as base, type BrowserContext } from '@playwright/test';

export { expect } from '@playwright/test';

/** What pages did that no page of ours should do. */
export class Watch {
  readonly thirdParties: string[] = [];
  readonly consoleErrors: string[] = [];

  constructor(context: BrowserContext, own: string[]) {
    const hosts = new Set(own.map((url) => new URL(url).host));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (!['data:', 'blob:', 'about:'].includes(url.protocol) && !hosts.has(url.host)) {
        this.thirdParties.push(`${url.origin} from ${request.frame().url()}`);
      }
    });
    context.on('console', (message) => {
      if (message.type() === 'error') this.consoleErrors.push(`${message.page()?.url()}: ${message.text()}`);
    });
    context.on('weberror', (failure) => this.consoleErrors.push(String(failure.error())));
  }
}

export const test = base.extend<{ watch: Watch }>({
  // Automatic: no story passes that called a third party or wrote an error. Where an answer is meant to be an error (404, a
  // declined card), the browser itself writes that to the console: those stories take their entries out.
  watch: [
    async ({ context, baseURL }, use) => {
      const watch = new Watch(context, [String(baseURL), process.env.PAYMENT_SANDBOX_URL ?? String(baseURL)]);
      await use(watch);
      base.expect(watch.thirdParties, 'requests to other parties').toEqual([]);
      base.expect(watch.consoleErrors, 'errors in the console').toEqual([]);
    },
    { auto: true },
  ],
});
