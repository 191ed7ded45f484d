// The e-mail's proof, a forgotten password, a changed one: what letters lead to, and what the profile offers.
import type { Page } from '@playwright/test';
import { violations } from './support/axe.ts';
import { rows } from './support/database.ts';
import { expect, test } from './support/fixtures.ts';
import { keepPicture } from './support/pictures.ts';
import { PASSWORD, signIn, signUp, submitLogin } from './support/shop.ts';

const NEW_PASSWORD = 'Una frase nueva y larga';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('somebody new confirms the e-mail by the letter\'s button', async ({ page }) => {
      const email = await signUp(page);
      const banner = page.getByText('Te enviamos un enlace para confirmar tu correo');
      await expect(banner).toBeVisible();
      const link = await letter(email, '/verify-email');
      await page.goto(link);
      expect(verified(email), 'looking proves nothing').toBe(false);
      await page.getByRole('button', { name: 'Confirmar mi correo' }).click();
      await expect(page.getByRole('main')).toContainText('Tu correo está confirmado');
      expect(verified(email)).toBe(true);
      await page.goto('/');
      await expect(banner).toHaveCount(0);
    });

    test('a forgotten password is replaced, once, and the old one is worth nothing', async ({ page, watch }) => {
      const email = await signUp(page);
      await page.goto('/profile');
      await page.getByRole('button', { name: 'Salir de mi cuenta' }).click();
      await page.goto('/login');
      await page.getByRole('link', { name: '¿Olvidaste tu contraseña?' }).click();
      await page.fill('[name="email"]', email);
      await page.click('button[type="submit"]');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Revisa tu correo');

      const link = await letter(email, '/reset-password');
      await page.goto(link);
      await page.fill('[name="password"]', 'corta');
      await page.click('button[type="submit"]');
      await expect(page.locator('[name="password"]')).toHaveAttribute('aria-invalid', 'true');
      await page.fill('[name="password"]', NEW_PASSWORD);
      await page.click('button[type="submit"]');
      await expect(page.getByRole('main')).toContainText('entra con tu contraseña nueva');
      await submitLogin(page, email, NEW_PASSWORD);
      await page.goto('/profile');
      await expect(page.getByRole('main')).toContainText(email);

      await page.goto(link);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Este enlace ya no sirve');
      watch.consoleErrors.length = 0; // the browser's own lines on the 422 and the 410
    });
  });
}

test('the profile changes name and password, and ends the other sessions', async ({ browser, page, watch }) => {
  const email = await signUp(page);
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await signIn(other, email);

  await page.goto('/profile');
  await page.fill('[name="name"]', 'Lucía Zavala Ríos');
  await page.getByRole('button', { name: 'Guardar', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Lucía Zavala Ríos');

  await page.fill('[name="old"]', 'no es esta');
  await page.fill('[name="new"]', NEW_PASSWORD);
  await page.getByRole('button', { name: 'Cambiar contraseña' }).click();
  await expect(page.locator('[name="old"]')).toHaveAttribute('aria-invalid', 'true');
  await page.fill('[name="old"]', PASSWORD);
  await page.fill('[name="new"]', NEW_PASSWORD);
  await page.getByRole('button', { name: 'Cambiar contraseña' }).click();
  await expect(page.getByRole('main')).toContainText('Tu contraseña cambió');
  await other.goto('/orders');
  await expect(other).toHaveURL(/\/login/);

  await signIn(other, email, NEW_PASSWORD);
  await page.goto('/profile');
  await page.getByRole('button', { name: 'Cerrar todas las demás' }).click();
  await expect(page.getByRole('main')).toContainText('Cerramos tus otras sesiones');
  await other.goto('/orders');
  await expect(other).toHaveURL(/\/login/);
  await elsewhere.close();
  watch.consoleErrors.length = 0; // the browser's own line on the 422
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test('none of the pages has a barrier', async ({ page, watch }) => {
      const hasNone = async (what: string) => {
        expect(await violations(page), what).toEqual([]);
        await keepPicture(page, `${what} ${colorScheme}`);
        await page.setViewportSize({ width: 390, height: 844 });
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, `${what} on a phone`).toBeLessThanOrEqual(390);
        await keepPicture(page, `${what} phone ${colorScheme}`);
        await page.setViewportSize({ width: 1280, height: 800 });
      };
      await page.goto('/forgot-password');
      await hasNone('forgot password');
      await page.goto('/reset-password?token=no-es-uno');
      await hasNone('a link that is gone');
      const email = await signUp(page);
      await page.goto('/profile');
      await hasNone('profile');
      await page.goto(await letter(email, '/verify-email'));
      await hasNone('verify email');
      watch.consoleErrors.length = 0; // the browser's own line on the 410
    });
  });
}

/** The path and query that the newest letter to somebody leads to, once it is there. */
async function letter(email: string, path: string): Promise<string> {
  let link = '';
  await expect
    .poll(() => {
      const found = rows('SELECT body FROM mails WHERE recipient = ? AND body LIKE ? ORDER BY id DESC LIMIT 1', email, `%${path}?%`);
      link = /(\/[a-z-]+\?token=[\w-]+)/.exec(String(found[0]?.body ?? ''))?.[1] ?? '';
      return link;
    })
    .not.toBe('');
  return link;
}

function verified(email: string): boolean {
  return rows('SELECT email_verified_at FROM users WHERE email = ?', email)[0].email_verified_at !== null;
}
