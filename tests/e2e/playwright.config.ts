// The environment comes from `cargo xtask test e2e`. By hand, against a running TextiSur:
//   cd tests && BASE_URL=http://localhost:3000 DATA_DIR=../data npx playwright test --config e2e/playwright.config.ts
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

const results = process.env.RESULTS_DIR ?? join(import.meta.dirname, '../.results/e2e');

export default defineConfig({
  testDir: '.',
  outputDir: join(results, 'artifacts'),
  reporter: [['list'], ['json', { outputFile: join(results, 'report.json') }]],
  // One browser and one shop on two cores: more workers only wait for each other.
  workers: 1,
  // A test that passes the second time is a test that fails.
  retries: 0,
  forbidOnly: true,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  use: {
    baseURL: process.env.BASE_URL ?? 'http://localhost:3000',
    locale: 'es-MX',
    timezoneId: 'America/Mexico_City',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: { mode: 'on', fullPage: true },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
