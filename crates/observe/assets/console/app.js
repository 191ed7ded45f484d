// Starts the module of the page at hand.
import { failure, replace } from './dom.js';

const menu = document.querySelector('button.menu');
menu?.addEventListener('click', () => {
  const open = menu.getAttribute('aria-expanded') !== 'true';
  menu.setAttribute('aria-expanded', String(open));
});

document.querySelector('button.theme')?.addEventListener('click', () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  localStorage.setItem('theme', root.dataset.theme);
  dispatchEvent(new Event('themechange'));
});

const place = document.getElementById('page');
if (place) {
  try {
    const page = await import(`./pages/${document.body.dataset.page}.js`);
    await page.show(place);
  } catch (error) {
    console.warn(error);
    replace(place, failure(error));
  }
  place.removeAttribute('aria-busy');
}
